/* SPDX-License-Identifier: Apache-2.0 */

/* Fuzzes the image encoder: read in pieces of any size, any frame and metadata give the message of reference-image.h. */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image-encoder.h"
#include "reference-image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { kMetadataMaximum = 512, kSizes = 16 };

static ImageEncoderTable table;
static VospiFrame frame;
static uint8_t expected[kReferenceFixedBytes + kMetadataMaximum];

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* Every pixel from the input, without a division a pixel. */
static void colour_frame(const uint8_t *data, size_t size)
{
    uint32_t state = 0;
    for (size_t i = 0; i < size; i++)
        state = state * 31 + data[i];
    for (size_t i = 0; i < kVospiPixelBytes; i++)
        frame.pixels[i] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
    for (size_t i = 0; i < kVospiTelemetryBytes; i++)
        frame.telemetry[i] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
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
    size_t total = reference_image(expected, &frame, metadata, length);
    require(total == kReferenceFixedBytes + length);

    image_encoder_fill_table(&table);
    require(image_encoder_start(&encoder, &table, &frame, metadata, length) == total);
    for (size_t at = 0, turn = 0; at < total; turn++) {
        /* Small pieces at first, where the parts meet; then 500 bytes to 8 KB. */
        size_t room = turn < 64 ? data[turn % kSizes] % 37 : 500 + data[turn % kSizes] * 32u;
        /* At an even or an odd address, with the end of the piece at the end of the memory. */
        size_t odd = data[(turn + 1) % kSizes] & 1;
        uint8_t *memory = malloc(room + odd + !(room + odd));
        require(memory != NULL);
        uint8_t *piece = memory + odd;
        size_t count = image_encoder_read(&encoder, piece, room);
        require(count == (room < total - at ? room : total - at));
        require(!memcmp(piece, expected + at, count));
        free(memory);
        at += count;
    }
    uint8_t more;
    require(image_encoder_read(&encoder, &more, 1) == 0 && image_encoder_done(&encoder));
    return 0;
}
