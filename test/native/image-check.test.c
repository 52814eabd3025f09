/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <stdlib.h>
#include <string.h>
#include "image-check.h"

static void digest_of(const void *bytes, uint32_t count, uint32_t step, char text[2 * kSha256Bytes + 1])
{
    uint8_t digest[kSha256Bytes];
    Sha256 sha;

    sha256_init(&sha);
    for (uint32_t at = 0; at < count; at += step)
        sha256_take(&sha, (const uint8_t *)bytes + at, count - at < step ? count - at : step);
    sha256_end(&sha, digest);
    for (int i = 0; i < kSha256Bytes; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

TEST("sha256: the examples of FIPS 180-4, and a million a's, however they are cut")
{
    static const struct {
        const char *message, *digest;
    } kExamples[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    char text[2 * kSha256Bytes + 1];

    for (size_t i = 0; i < sizeof kExamples / sizeof *kExamples; i++)
        for (uint32_t step = 1; step <= 64; step++) {
            digest_of(kExamples[i].message, (uint32_t)strlen(kExamples[i].message), step, text);
            EXPECT(!strcmp(text, kExamples[i].digest), "%s in pieces of %u: %s", kExamples[i].message, step, text);
        }
    enum { kMillion = 1000000 };
    uint8_t *million = malloc(kMillion);
    memset(million, 'a', kMillion);
    for (uint32_t step = 63; step < kMillion; step = step * 5 + 2) {
        digest_of(million, kMillion, step, text);
        EXPECT(!strcmp(text, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"), "in pieces of %u: %s", step, text);
    }
    free(million);
}

enum { kMost = 2000 };

static uint8_t image[kMost];
static uint32_t length;

static void put32(uint32_t at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        image[at + (uint32_t)i] = (uint8_t)(value >> (8 * i));
}

/* An image with these segments, as esptool makes it. */
static void make_image(const uint32_t *segments, uint8_t count, bool hashed)
{
    uint8_t checksum = 0xef;
    Sha256 sha;

    memset(image, 0, sizeof image);
    image[0] = 0xe9;
    image[1] = count;
    image[23] = hashed;
    length = 24;
    for (int i = 0; i < count; i++) {
        put32(length, 0x3f400020);
        put32(length + 4, segments[i]);
        length += 8;
        for (uint32_t j = 0; j < segments[i]; j++) {
            image[length] = (uint8_t)(j * 31 + length);
            checksum ^= image[length++];
        }
    }
    length = (length + 16) / 16 * 16;
    image[length - 1] = checksum;
    if (!hashed)
        return;
    sha256_init(&sha);
    sha256_take(&sha, image, length);
    sha256_end(&sha, image + length);
    length += kSha256Bytes;
}

/* The length that is found when the image comes in pieces of `step` bytes. */
static uint32_t checked(uint32_t count, uint32_t step)
{
    ImageCheck check;

    image_check_init(&check);
    for (uint32_t at = 0; at < count; at += step)
        image_check_take(&check, image + at, count - at < step ? count - at : step);
    return image_check_length(&check);
}

static const uint32_t kSegments[] = {256, 4, 0, 404, 12};

TEST("image check: a right image of any segments, in any pieces, with more behind it")
{
    for (uint8_t count = 1; count <= 5; count++)
        for (int hashed = 0; hashed < 2; hashed++) {
            make_image(kSegments, count, hashed);
            for (uint32_t step = 1; step < 100; step += 7) {
                EXPECT_EQUAL(checked(length, step), length);
                EXPECT_EQUAL(checked(length + 80, step), length);
            }
        }
}

TEST("image check: one that is not whole has no length")
{
    make_image(kSegments, 4, true);
    for (uint32_t count = 0; count < length; count++)
        EXPECT_EQUAL(checked(count, 50), 0);
}

TEST("image check: any wrong bit of a hashed image is found")
{
    make_image(kSegments, 3, true);
    for (uint32_t bit = 0; bit < 8 * length; bit++) {
        image[bit / 8] ^= (uint8_t)(1 << bit % 8);
        EXPECT(checked(kMost, kMost) != length, "bit %u of %u", bit, 8 * length);
        image[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

TEST("image check: a wrong checksum of an image without a hash is found")
{
    make_image(kSegments, 2, false);
    image[40] ^= 4;
    EXPECT_EQUAL(checked(length, 64), 0);
}

TEST("image check: impossible headers are refused")
{
    make_image(kSegments, 1, true);
    image[0] = 0xe8;
    EXPECT_EQUAL(checked(length, 64), 0);
    make_image(kSegments, 1, true);
    image[1] = 0;
    EXPECT_EQUAL(checked(length, 64), 0);
    image[1] = 17;
    EXPECT_EQUAL(checked(length, 64), 0);
    make_image(kSegments, 1, true);
    put32(28, 0xfffffffc);
    EXPECT_EQUAL(checked(kMost, 64), 0);
    put32(28, 255);
    EXPECT_EQUAL(checked(kMost, 64), 0);
}
