/* SPDX-License-Identifier: Apache-2.0 */

/* Fuzzes the image encoder: read in pieces of any size, any frame and metadata give the packet made the plain way. */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base64-codec.h"
#include "image-encoder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { kMetadataMaximum = 512, kPacketMaximum = 53000, kSizes = 16 };

static VospiFrame frame;
static char expected[kPacketMaximum];
static uint32_t sums[kPacketMaximum + 1]; /* of the first bytes of `expected` */

static void require(bool condition)
{
    if (!condition)
        abort();
}

static size_t append(size_t at, const void *bytes, size_t count)
{
    if (count)
        memcpy(expected + at, bytes, count);
    return at + count;
}

static size_t append_words(size_t at, const uint16_t *words, size_t count)
{
    static uint8_t bytes[2 * kVospiPixels];
    for (size_t i = 0; i < count; i++) {
        bytes[2 * i] = (uint8_t)words[i];
        bytes[2 * i + 1] = (uint8_t)(words[i] >> 8);
    }
    base64_encode(expected + at, bytes, 2 * count);
    return at + base64_encoded_length(2 * count);
}

static size_t write_expected(const char *metadata, size_t length)
{
    static const char head[] = "\x02{\"metadata\":", middle[] = ",\"radiometric\":\"", end[] = "\",\"telemetry\":\"", tail[] = "\"}\x03";
    size_t at = append(0, head, sizeof head - 1);
    at = append(at, metadata, length);
    at = append(at, middle, sizeof middle - 1);
    at = append_words(at, frame.pixels, kVospiPixels);
    at = append(at, end, sizeof end - 1);
    at = append_words(at, frame.telemetry, kVospiTelemetryWords);
    return append(at, tail, sizeof tail - 1);
}

/* Every pixel from the input, without a division a pixel. */
static void colour_frame(const uint8_t *data, size_t size)
{
    uint32_t state = 0;
    for (size_t i = 0; i < size; i++)
        state = state * 31 + data[i];
    for (size_t i = 0; i < kVospiPixels; i++)
        frame.pixels[i] = (uint16_t)((state = state * 1664525 + 1013904223) >> 16);
    for (size_t i = 0; i < kVospiTelemetryWords; i++)
        frame.telemetry[i] = (uint16_t)((state = state * 1664525 + 1013904223) >> 16);
}

/* 16 bytes: sizes of the pieces, one after another; then the metadata; all of it also colours the frame. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ImageEncoder encoder;

    if (size < kSizes)
        return 0;
    colour_frame(data, size);
    const char *metadata = (const char *)data + kSizes;
    size_t length = size - kSizes < kMetadataMaximum ? size - kSizes : kMetadataMaximum;
    size_t total = write_expected(metadata, length);
    for (size_t i = 0; i < total; i++)
        sums[i + 1] = sums[i] + (uint8_t)expected[i];

    require(image_encoder_start(&encoder, &frame, metadata, length) == total);
    for (size_t at = 0, turn = 0; at < total; turn++) {
        /* Small pieces at first, where the parts meet; then 500 bytes to 8 KB. */
        size_t room = turn < 64 ? data[turn % kSizes] % 37 : 500 + data[turn % kSizes] * 32u;
        uint8_t *piece = malloc(room ? room : 1);
        require(piece != NULL);
        size_t count = image_encoder_read(&encoder, piece, room);
        require(count == (room < total - at ? room : total - at));
        require(!memcmp(piece, expected + at, count));
        require(encoder.checksum == sums[at + count]);
        free(piece);
        at += count;
    }
    uint8_t more;
    require(image_encoder_read(&encoder, &more, 1) == 0 && image_encoder_done(&encoder));
    return 0;
}
