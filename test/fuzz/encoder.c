/* SPDX-License-Identifier: Apache-2.0 */

/* Fuzzes the image encoder: read in pieces of any size, any frame and metadata give the message of reference-image.h. */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image-encoder.h"
#include "reference-image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The last bytes of a message that may be read in small pieces: from the last pixels to the end. */
enum { kMetadataMaximum = 512, kSizes = 16, kFrames = 8, kEndBytes = 700, kSmallPieces = 32, kWhole = 8 };
/* What comes before the metadata. */
enum { kHeadBytes = sizeof "\x02{\"metadata\":" - 1 };

/* A frame of noise, and its message without metadata. Made once: the encoder has no branch that depends on a pixel. */
typedef struct Sample {
    VospiFrame frame;
    uint8_t message[kReferenceFixedBytes];
} Sample;

static ImageEncoderTable table;
static Sample samples[kFrames];
static uint8_t expected[kReferenceFixedBytes + kMetadataMaximum];

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void make_sample(Sample *sample, uint32_t state)
{
    for (size_t i = 0; i < kVospiPixelBytes; i++)
        sample->frame.pixels[i] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
    for (size_t i = 0; i < kVospiTelemetryBytes; i++)
        sample->frame.telemetry[i] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
    require(reference_image(sample->message, &sample->frame, NULL, 0) == sizeof sample->message);
}

int LLVMFuzzerInitialize(int *count, char ***parameters);

int LLVMFuzzerInitialize(int *count, char ***parameters)
{
    (void)count;
    (void)parameters;
    image_encoder_fill_table(&table);
    for (uint32_t i = 0; i < kFrames; i++)
        make_sample(&samples[i], i);
    return 0;
}

static size_t make_expected(const Sample *sample, const char *metadata, size_t length)
{
    memcpy(expected, sample->message, kHeadBytes);
    memcpy(expected + kHeadBytes, metadata, length);
    memcpy(expected + kHeadBytes + length, sample->message + kHeadBytes, sizeof sample->message - kHeadBytes);
    return sizeof sample->message + length;
}

/* 16 bytes: sizes of the pieces, one after another; then the metadata, whose first byte also chooses the frame. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ImageEncoder encoder;

    if (size <= kSizes)
        return 0;
    const Sample *sample = &samples[data[kSizes] % kFrames];
    const char *metadata = (const char *)data + kSizes;
    size_t length = size - kSizes < kMetadataMaximum ? size - kSizes : kMetadataMaximum;
    size_t total = make_expected(sample, metadata, length), end = data[kSizes] & 0x80 ? total - kEndBytes : total;

    /* One execution in kWhole reads all; the others leave after the small pieces. */
    uint32_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sum = sum * 31 + data[i];
    size_t turns = sum % kWhole ? kSmallPieces : SIZE_MAX;

    require(image_encoder_start(&encoder, &table, &sample->frame, metadata, length) == total);
    size_t at = 0;
    for (size_t turn = 0; at < total && turn < turns; turn++) {
        /* Small pieces at first, and at the end, where the parts meet; between them 500 bytes to 8 KB. */
        bool small = turn < kSmallPieces || at >= end;
        size_t choice = data[turn % kSizes], room = small ? choice % 37 : 500 + choice * 32u;
        /* A piece may be empty, but not always. */
        if (turn > 2 * kSmallPieces && !room)
            room = 1;
        if (!small && at + room > end)
            room = end - at;
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
    require(at < total || (image_encoder_read(&encoder, &more, 1) == 0 && image_encoder_done(&encoder)));
    return 0;
}
