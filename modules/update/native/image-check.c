/* SPDX-License-Identifier: Apache-2.0 */
#include "image-check.h"

#include <string.h>

enum {
    kMagic = 0xe9,
    kSegmentsAt = 1,
    kHashedAt = 23,
    kSegmentLengthAt = 4,
    kMostSegments = 16,
    kChecksumSeed = 0xef,
    kAlignment = 16, /* of the image's length without its hash */
};

static void begin(ImageCheck *check, ImagePart part, uint32_t length)
{
    check->part = part;
    check->left = length;
    check->collected = 0;
}

void image_check_init(ImageCheck *check)
{
    *check = (ImageCheck){.checksum = kChecksumSeed};
    sha256_init(&check->sha);
    begin(check, kImageHeader, kImageHeaderBytes);
}

/* The next segment, or what follows the last one. */
static void next_segment(ImageCheck *check)
{
    if (check->segments) {
        check->segments--;
        begin(check, kImageSegmentHeader, kImageSegmentHeaderBytes);
    } else
        begin(check, kImagePadding, kAlignment - check->position % kAlignment);
}

static void end_header(ImageCheck *check)
{
    uint8_t segments = check->bytes[kSegmentsAt];

    if (check->bytes[0] != kMagic || !segments || segments > kMostSegments) {
        begin(check, kImageInvalid, 0);
        return;
    }
    check->segments = segments;
    check->hashed = check->bytes[kHashedAt] == 1;
    next_segment(check);
}

static void end_segment_header(ImageCheck *check)
{
    const uint8_t *bytes = check->bytes + kSegmentLengthAt;
    uint32_t length = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;

    /* A longer one ends beyond any slot; the sum must not overflow. */
    if (length % 4 || length > INT32_MAX)
        begin(check, kImageInvalid, 0);
    else if (length)
        begin(check, kImageData, length);
    else
        next_segment(check);
}

/* The last byte is the checksum of all segments. */
static void end_padding(ImageCheck *check, uint8_t last)
{
    if (last != check->checksum)
        begin(check, kImageInvalid, 0);
    else if (check->hashed)
        begin(check, kImageHash, kSha256Bytes);
    else
        begin(check, kImageEnd, 0);
}

static void end_hash(ImageCheck *check)
{
    uint8_t digest[kSha256Bytes];

    sha256_end(&check->sha, digest);
    begin(check, memcmp(digest, check->bytes, sizeof digest) ? kImageInvalid : kImageEnd, 0);
}

static void end_part(ImageCheck *check, uint8_t last)
{
    switch (check->part) {
    case kImageHeader:
        end_header(check);
        break;
    case kImageSegmentHeader:
        end_segment_header(check);
        break;
    case kImageData:
        next_segment(check);
        break;
    case kImagePadding:
        end_padding(check, last);
        break;
    default:
        end_hash(check);
        break;
    }
}

static void take_part(ImageCheck *check, const uint8_t *bytes, uint32_t count)
{
    if (check->part == kImageData) {
        for (uint32_t i = 0; i < count; i++)
            check->checksum ^= bytes[i];
    } else if (check->part != kImagePadding) {
        memcpy(check->bytes + check->collected, bytes, count);
        check->collected += count;
    }
    if (check->part != kImageHash)
        sha256_take(&check->sha, bytes, count);
    check->position += count;
    check->left -= count;
}

void image_check_take(ImageCheck *check, const uint8_t *bytes, uint32_t count)
{
    while (count > 0 && check->left > 0) {
        uint32_t part = check->left < count ? check->left : count;
        take_part(check, bytes, part);
        if (!check->left)
            end_part(check, bytes[part - 1]);
        bytes += part;
        count -= part;
    }
}

uint32_t image_check_length(const ImageCheck *check)
{
    return check->part == kImageEnd ? check->position : 0;
}
