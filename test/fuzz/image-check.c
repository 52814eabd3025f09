/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Fuzzes the check of firmware images: for any bytes in any pieces the length is that of a plain check of the whole image, and an
 * image is not right before its last byte.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image-check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { kRoom = 1200, kEndBytes = 16 + kSha256Bytes, kChoices = 2, kSeed = 0xef };

/* Bits of the first byte. */
enum { kFinished = 1, kChanged = 2 };

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* The end of the last segment; 0 if the segments do not end within the image, or are none. */
static size_t segments_end(const uint8_t *image, size_t size, uint8_t *checksum)
{
    size_t at = kImageHeaderBytes;

    if (size < at || image[0] != 0xe9 || image[1] < 1 || image[1] > 16)
        return 0;
    *checksum = kSeed;
    for (int segment = 0; segment < image[1]; segment++) {
        if (size - at < kImageSegmentHeaderBytes)
            return 0;
        size_t length = image[at + 4] | (size_t)image[at + 5] << 8 | (size_t)image[at + 6] << 16 | (size_t)image[at + 7] << 24;
        at += kImageSegmentHeaderBytes;
        if (length % 4 || length > size - at)
            return 0;
        for (; length; length--)
            *checksum ^= image[at++];
    }
    return at;
}

static void hash(uint8_t *digest, const uint8_t *bytes, size_t size)
{
    Sha256 sha;
    sha256_init(&sha);
    sha256_take(&sha, bytes, (uint32_t)size);
    sha256_end(&sha, digest);
}

/* The length of a right image, by its definition; otherwise 0. */
static size_t plain_length(const uint8_t *image, size_t size)
{
    uint8_t checksum, digest[kSha256Bytes];
    size_t end = segments_end(image, size, &checksum), length = end / 16 * 16 + 16;

    if (!end || length > size || image[length - 1] != checksum)
        return 0;
    if (image[23] != 1)
        return length;
    hash(digest, image, length);
    return size - length >= kSha256Bytes && !memcmp(image + length, digest, sizeof digest) ? length + kSha256Bytes : 0;
}

/* Puts checksum and hash behind the segments. Returns the size, which may be larger by kEndBytes. */
static size_t finish(uint8_t *image, size_t size)
{
    uint8_t checksum;
    size_t end = segments_end(image, size, &checksum), length = end / 16 * 16 + 16;

    if (!end)
        return size;
    image[length - 1] = checksum;
    if (image[23] == 1) {
        hash(image + length, image, length);
        length += kSha256Bytes;
    }
    return size > length ? size : length;
}

/* The image's check after `size` bytes in pieces. */
static uint32_t length_after(const uint8_t *image, size_t size, uint32_t seed)
{
    ImageCheck check;

    image_check_init(&check);
    for (size_t at = 0; at < size;) {
        seed = seed * 1664525 + 1013904223;
        size_t count = (seed >> 24) % 80;
        count = count < size - at ? count : size - at;
        /* Memory of exactly this size, so that the address sanitizer sees a byte too many. */
        uint8_t *piece = malloc(count ? count : 1);
        require(piece != NULL);
        memcpy(piece, image + at, count);
        image_check_take(&check, piece, (uint32_t)count);
        free(piece);
        at += count;
    }
    return image_check_length(&check);
}

/* 2 bytes: choices, and the sizes of pieces; the rest is the image. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t image[kRoom + kEndBytes];

    if (size < kChoices || size > kRoom)
        return 0;
    size_t length = size - kChoices;
    memset(image, 0, sizeof image);
    memcpy(image, data + kChoices, length);
    if (data[0] & kFinished)
        length = finish(image, length);
    if (data[0] & kChanged && length)
        image[(data[0] >> 2) * 37u % length] ^= (uint8_t)(1 << (data[1] & 7));
    size_t expected = plain_length(image, length);
    require(length_after(image, length, data[1]) == expected);
    if (expected)
        require(length_after(image, expected - 1, data[1]) == 0);
    return 0;
}
