/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "base64-codec.h"
#include "image-encoder.h"
#include "reference-image.h"

enum { kMessageMaximum = 60000 };

static const char kMetadata[] = "{\"Camera\":\"tCam-Mini-EFB4\",\"Model\":262146,\"Version\":\"4.0\",\"Time\":\"14:21:37.898\",\"Date\":\"11/14/21\"}";

static ImageEncoderTable table;
static VospiFrame frame;
/* `actual` at an even address; one byte more, so that a message also fits at the odd one after it. */
static uint8_t expected[kMessageMaximum];
static _Alignas(4) uint8_t memory[kMessageMaximum + 1];
static uint8_t *const actual = memory;

static void fill_frame(void)
{
    Random random = {11};
    image_encoder_fill_table(&table);
    for (int i = 0; i < kVospiPixelBytes; i++)
        frame.pixels[i] = (uint8_t)random_next(&random);
    for (int i = 0; i < kVospiTelemetryBytes; i++)
        frame.telemetry[i] = (uint8_t)random_next(&random);
}

static size_t start(ImageEncoder *encoder)
{
    return image_encoder_start(encoder, &table, &frame, kMetadata, strlen(kMetadata));
}

static size_t write_expected(void)
{
    return reference_image(expected, &frame, kMetadata, strlen(kMetadata));
}

static uint32_t sum_of(const uint8_t *bytes, size_t count)
{
    uint32_t total = 0;
    while (count--)
        total += *bytes++;
    return total;
}

TEST("encoder: the table has the two base64 characters of every 12-bit value")
{
    image_encoder_fill_table(&table);
    for (uint32_t value = 0; value < 4096; value++) {
        uint8_t bytes[3] = {(uint8_t)(value >> 4), (uint8_t)(value << 4), 0};
        char text[4];
        base64_encode(text, bytes, sizeof bytes);
        EXPECT_EQUAL(table.pairs[value], text[0] | text[1] << 8);
    }
}

TEST("encoder: the message of a camera is 51,985 bytes with its usual metadata")
{
    ImageEncoder encoder;
    fill_frame();
    EXPECT_EQUAL(start(&encoder), 51985);
    EXPECT_EQUAL(write_expected(), 51985);
}

TEST("encoder: reads cut after any byte give the same message")
{
    fill_frame();
    size_t length = write_expected();
    for (size_t cut = 0; cut <= length; cut++) {
        ImageEncoder encoder;
        /* The whole message for cuts where parts meet, and every cut modulo a base64 group; a short run past the others. */
        bool whole = cut < 400 || cut > length - 900 || cut % 997 < 8;
        size_t rest = whole ? (size_t)kMessageMaximum : 24;
        memset(actual, 0xee, cut + 25);
        EXPECT_EQUAL(start(&encoder), length);
        if (cut > 64 && !whole) {
            /* Skip to the place by reading up to just before it. */
            image_encoder_read(&encoder, actual, cut - 8);
            image_encoder_read(&encoder, actual + cut - 8, 8);
        } else
            EXPECT_EQUAL(image_encoder_read(&encoder, actual, cut), cut);
        size_t more = image_encoder_read(&encoder, actual + cut, rest < (size_t)kMessageMaximum - cut ? rest : (size_t)kMessageMaximum - cut);
        EXPECT_EQUAL(more, rest < length - cut ? rest : length - cut);
        size_t from = whole ? 0 : cut - 8;
        EXPECT(!memcmp(actual + from, expected + from, cut + more - from), "differs when cut after %zu bytes", cut);
    }
}

TEST("encoder: read in pieces of any size it gives the same message")
{
    Random random = {3};
    fill_frame();
    size_t length = write_expected();
    for (size_t piece = 0; piece < 200; piece++) {
        ImageEncoder encoder;
        size_t at = 0, count;
        start(&encoder);
        /* 0 stands for another size every time. */
        do {
            size_t size = piece ? piece : 1 + random_below(&random, 3000);
            size = size < (size_t)kMessageMaximum - at ? size : (size_t)kMessageMaximum - at;
            memset(actual + at, 0xee, size);
            count = image_encoder_read(&encoder, actual + at, size);
            EXPECT(count == size || at + count == length, "%zu of %zu bytes before the end", count, size);
            at += count;
        } while (count);
        EXPECT_EQUAL(at, length);
        EXPECT(image_encoder_done(&encoder), "not done at the end");
        EXPECT(!memcmp(actual, expected, length), "differs in pieces of %zu", piece);
    }
}

TEST("encoder: writes the same message to an even and an odd address, from any place in it")
{
    fill_frame();
    size_t length = write_expected();
    for (size_t place = 0; place < 64; place++) {
        for (size_t odd = 0; odd < 2; odd++) {
            ImageEncoder encoder;
            uint8_t *target = memory + odd;
            start(&encoder);
            memset(memory, 0xee, sizeof memory);
            EXPECT_EQUAL(image_encoder_read(&encoder, target, 140 + place), 140 + place);
            EXPECT_EQUAL(image_encoder_read(&encoder, target + 140 + place, length), length - 140 - place);
            EXPECT(!memcmp(target, expected, length), "differs from character %zu, odd %zu", place, odd);
            EXPECT_EQUAL(target[length], 0xee);
            EXPECT(!odd || memory[0] == 0xee, "wrote before the target");
        }
    }
}

TEST("encoder: the sum of bytes is theirs, at any address and for any count")
{
    Random random = {5};
    for (size_t i = 0; i < 300; i++)
        actual[i] = (uint8_t)random_next(&random);
    for (size_t count = 0; count < 100; count++) {
        for (size_t from = 0; from < 8; from++)
            EXPECT_EQUAL(image_encoder_sum(actual + from, count), sum_of(actual + from, count));
    }
}

TEST("encoder: writes nothing beyond the room it was given")
{
    ImageEncoder encoder;
    fill_frame();
    size_t length = start(&encoder);
    for (size_t read = 0; read < length;) {
        size_t size = read % 61;
        /* Of exactly that size, so that the address sanitizer sees any byte too many. */
        uint8_t *room = malloc(size ? size : 1);
        EXPECT(room, "no memory");
        size_t count = image_encoder_read(&encoder, room, size);
        free(room);
        EXPECT(count <= size, "%zu bytes into %zu", count, size);
        read += count ? count : image_encoder_read(&encoder, actual, 1);
    }
    EXPECT_EQUAL(image_encoder_read(&encoder, actual, (size_t)kMessageMaximum), 0);
}

TEST("encoder: metadata may be empty or long")
{
    static char metadata[600];
    ImageEncoder encoder;
    fill_frame();
    memset(metadata, 'x', sizeof metadata);
    for (size_t size = 0; size <= sizeof metadata; size += 200) {
        size_t length = image_encoder_start(&encoder, &table, &frame, metadata, size);
        EXPECT_EQUAL(image_encoder_read(&encoder, actual, (size_t)kMessageMaximum), length);
        EXPECT_EQUAL(length, 51985 - strlen(kMetadata) + size);
        EXPECT_EQUAL(actual[length - 1], 3);
    }
}
