/* SPDX-License-Identifier: Apache-2.0 */

/* Fuzzes binary images: read in pieces of any size, any frame and facts give the bytes of the layout in binary-image.h. */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "binary-image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { kSizes = 16, kSmallPieces = 32, kWhole = 8, kHeadMaximum = kBinaryImageHeader2 + kVospiTelemetryBytes };

/* What an input begins with; then compressed pixels. */
typedef struct Input {
    uint8_t sizes[kSizes]; /* of the pieces, one after another */
    uint64_t clock, captured;
    uint32_t sequence, uptime, since_ffc;
    uint16_t minimum, maximum, minimum_at, maximum_at, mean, status;
    uint8_t kind; /* bit 0: version 2, bit 1: compressed, bit 2: about a second since the FFC */
} Input;

static VospiFrame frame;
static uint8_t pixels[kVospiPixelBytes]; /* as a client gets them */

static void require(bool condition)
{
    if (!condition)
        abort();
}

int LLVMFuzzerInitialize(int *count, char ***parameters);

int LLVMFuzzerInitialize(int *count, char ***parameters)
{
    uint32_t state = 1;
    (void)count;
    (void)parameters;
    for (size_t i = 0; i < kVospiPixelBytes; i++)
        pixels[i ^ 1] = frame.pixels[i] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
    for (size_t i = 0; i < kVospiTelemetryBytes; i++)
        frame.telemetry[i] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
    return 0;
}

static void set_word(size_t index, uint32_t value)
{
    frame.telemetry[2 * index] = (uint8_t)(value >> 8);
    frame.telemetry[2 * index + 1] = (uint8_t)value;
}

/* Datasheet, table "Telemetry Row A": words 1 and 2 uptime, 3 and 4 status, 30 and 31 uptime at the last FFC. */
static void set_frame(const Input *input)
{
    frame.sequence = input->sequence;
    frame.captured = input->captured;
    set_word(1, input->uptime & 0xffff);
    set_word(2, input->uptime >> 16);
    set_word(3, input->status);
    set_word(30, (input->uptime - input->since_ffc) & 0xffff);
    set_word(31, (input->uptime - input->since_ffc) >> 16);
}

static size_t put(uint8_t *target, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        target[i] = (uint8_t)(value >> 8 * i);
    return bytes;
}

/* Header and telemetry. Returns their length. */
static size_t make_head(uint8_t *head, const Input *input, size_t payload)
{
    bool second = input->kind & 1;
    uint32_t ffc = input->status >> 4 & 3, flags = 1;
    size_t at = put(head, 'T' | 'C' << 8 | 'A' << 16 | (uint32_t)'M' << 24, 4);

    if (second) {
        flags |= input->kind & 2 ? 2 : 0;
        flags |= ffc == 1 || ffc == 2 || (ffc == 3 && input->since_ffc <= 1000) ? 4 : 0;
        flags |= input->status & 0x1000 ? 8 : 0;
    }
    at += put(head + at, 1u + second, 1);
    at += put(head + at, flags, 1);
    at += put(head + at, 480, 2);
    at += put(head + at, payload, 4);
    if (second) {
        at += put(head + at, input->sequence, 4);
        at += put(head + at, (uint32_t)input->captured, 4);
        at += put(head + at, input->clock, 8);
        at += put(head + at, input->minimum, 2);
        at += put(head + at, input->maximum, 2);
        at += put(head + at, input->mean, 2);
        at += put(head + at, vospi_word(frame.telemetry, 210), 2);
        at += put(head + at, input->minimum_at / 160, 1);
        at += put(head + at, input->minimum_at % 160, 1);
        at += put(head + at, input->maximum_at / 160, 1);
        at += put(head + at, input->maximum_at % 160, 1);
    }
    for (size_t i = 0; i < kVospiTelemetryBytes; i++)
        head[at++] = frame.telemetry[i ^ 1];
    return at;
}

static size_t start(BinaryImage *image, const Input *input, const uint8_t *compressed, size_t length)
{
    FrameStatistics statistics = {
        .minimum = input->minimum,
        .maximum = input->maximum,
        .minimum_at = input->minimum_at,
        .maximum_at = input->maximum_at,
        .mean = input->mean,
    };
    BinaryImageFacts facts = {.statistics = &statistics, .clock = input->clock, .compressed = compressed, .compressed_length = length};
    return input->kind & 1 ? binary_image_start_2(image, &frame, &facts) : binary_image_start_1(image, &frame);
}

/* Whether the piece has `count` bytes of the message from byte `at` on. */
static bool matches(const uint8_t *piece, size_t at, size_t count, const uint8_t *head, size_t head_length, const uint8_t *payload)
{
    size_t first = at < head_length ? head_length - at : 0;
    first = first < count ? first : count;
    return (!first || !memcmp(piece, head + at, first)) &&
           (first == count || !memcmp(piece + first, payload + (at + first - head_length), count - first));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Input input;
    BinaryImage image;
    uint8_t head[kHeadMaximum];
    uint32_t sum = 0;

    if (size <= sizeof input)
        return 0;
    memcpy(&input, data, sizeof input);
    if (input.kind & 4)
        input.since_ffc = 990 + input.since_ffc % 20;
    input.minimum_at %= kVospiPixels;
    input.maximum_at %= kVospiPixels;
    for (size_t i = 0; i < size; i++)
        sum = sum * 31 + data[i];
    set_frame(&input);
    bool compressed = (input.kind & 3) == 3;
    const uint8_t *payload = compressed ? data + sizeof input : pixels;
    size_t length = compressed ? size - sizeof input : sizeof pixels, head_length = make_head(head, &input, length);
    size_t total = start(&image, &input, compressed ? payload : NULL, length), at = 0;
    require(total == head_length + length);

    /* One execution in kWhole reads all; the others leave after the small pieces. */
    size_t turns = sum % kWhole ? kSmallPieces : SIZE_MAX;
    for (size_t turn = 0; at < total && turn < turns; turn++) {
        size_t choice = input.sizes[turn % kSizes], room = turn < kSmallPieces ? choice % 37 : 500 + choice * 32u;
        uint8_t *piece = malloc(room ? room : 1);
        require(piece != NULL);
        size_t count = binary_image_read(&image, piece, room);
        require(count == (room < total - at ? room : total - at));
        require(matches(piece, at, count, head, head_length, payload));
        free(piece);
        at += count;
        require(binary_image_done(&image) == (at == total));
    }
    return 0;
}
