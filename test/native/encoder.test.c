/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "base64-codec.h"
#include "image-encoder.h"

enum { kPacketMaximum = 60000 };

static const char kMetadata[] = "{\"Camera\":\"tCam-Mini-EFB4\",\"Model\":262146,\"Version\":\"4.0\",\"Time\":\"14:21:37.898\",\"Date\":\"11/14/21\"}";

static VospiFrame frame;
static uint8_t expected[kPacketMaximum], actual[kPacketMaximum];

static void fill_frame(void)
{
    Random random = {11};
    for (int i = 0; i < kVospiPixels; i++)
        frame.pixels[i] = (uint16_t)random_next(&random);
    for (int i = 0; i < kVospiTelemetryWords; i++)
        frame.telemetry[i] = (uint16_t)random_next(&random);
}

static size_t append(size_t at, const char *text)
{
    memcpy(expected + at, text, strlen(text));
    return at + strlen(text);
}

static size_t append_words(size_t at, const uint16_t *words, int count)
{
    static uint8_t bytes[2 * kVospiPixels];
    for (int i = 0; i < count; i++) {
        bytes[2 * i] = (uint8_t)words[i];
        bytes[2 * i + 1] = (uint8_t)(words[i] >> 8);
    }
    base64_encode((char *)expected + at, bytes, 2 * (size_t)count);
    return at + base64_encoded_length(2 * (size_t)count);
}

/* The whole packet at once, the plain way. */
static size_t write_expected(void)
{
    size_t at = append(0, "\x02{\"metadata\":");
    at = append(at, kMetadata);
    at = append(at, ",\"radiometric\":\"");
    at = append_words(at, frame.pixels, kVospiPixels);
    at = append(at, "\",\"telemetry\":\"");
    at = append_words(at, frame.telemetry, kVospiTelemetryWords);
    return append(at, "\"}\x03");
}

static uint32_t sum(const uint8_t *bytes, size_t count)
{
    uint32_t total = 0;
    while (count--)
        total += *bytes++;
    return total;
}

TEST("encoder: the packet of a camera is 51,985 bytes with its usual metadata")
{
    ImageEncoder encoder;
    fill_frame();
    EXPECT_EQUAL(image_encoder_start(&encoder, &frame, kMetadata, strlen(kMetadata)), 51985);
    EXPECT_EQUAL(write_expected(), 51985);
}

TEST("encoder: stopped after any byte it goes on to the same packet")
{
    fill_frame();
    size_t length = write_expected();
    for (size_t cut = 0; cut <= length; cut++) {
        ImageEncoder encoder;
        /* The whole packet for cuts where parts meet, and every cut modulo a base64 group; a short run past the others. */
        bool whole = cut < 400 || cut > length - 900 || cut % 997 < 8;
        size_t rest = whole ? sizeof actual : 24;
        memset(actual, 0xee, cut + 25);
        EXPECT_EQUAL(image_encoder_start(&encoder, &frame, kMetadata, strlen(kMetadata)), length);
        if (cut > 64 && !whole) {
            /* Skip to the place by reading up to just before it. */
            image_encoder_read(&encoder, actual, cut - 8);
            image_encoder_read(&encoder, actual + cut - 8, 8);
        } else
            EXPECT_EQUAL(image_encoder_read(&encoder, actual, cut), cut);
        size_t more = image_encoder_read(&encoder, actual + cut, rest < sizeof actual - cut ? rest : sizeof actual - cut);
        EXPECT_EQUAL(more, rest < length - cut ? rest : length - cut);
        size_t from = whole ? 0 : cut - 8;
        EXPECT(!memcmp(actual + from, expected + from, cut + more - from), "differs when cut after %zu bytes", cut);
        EXPECT(encoder.checksum == sum(expected, cut + more), "checksum differs when cut after %zu bytes", cut);
    }
}

TEST("encoder: read in pieces of any size it gives the same packet")
{
    Random random = {3};
    fill_frame();
    size_t length = write_expected();
    for (size_t piece = 0; piece < 200; piece++) {
        ImageEncoder encoder;
        size_t at = 0, count;
        image_encoder_start(&encoder, &frame, kMetadata, strlen(kMetadata));
        /* 0 stands for another size every time. */
        do {
            size_t size = piece ? piece : 1 + random_below(&random, 3000);
            size = size < sizeof actual - at ? size : sizeof actual - at;
            memset(actual + at, 0xee, size);
            count = image_encoder_read(&encoder, actual + at, size);
            EXPECT(count == size || at + count == length, "%zu of %zu bytes before the end", count, size);
            at += count;
        } while (count);
        EXPECT_EQUAL(at, length);
        EXPECT(image_encoder_done(&encoder), "not done at the end");
        EXPECT(!memcmp(actual, expected, length), "differs in pieces of %zu", piece);
        EXPECT_EQUAL(encoder.checksum, sum(expected, length));
    }
}

TEST("encoder: writes nothing beyond the room it was given")
{
    ImageEncoder encoder;
    fill_frame();
    size_t length = image_encoder_start(&encoder, &frame, kMetadata, strlen(kMetadata));
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
    EXPECT_EQUAL(image_encoder_read(&encoder, actual, sizeof actual), 0);
}

TEST("encoder: metadata may be empty or long")
{
    static char metadata[600];
    ImageEncoder encoder;
    fill_frame();
    memset(metadata, 'x', sizeof metadata);
    for (size_t size = 0; size <= sizeof metadata; size += 200) {
        size_t length = image_encoder_start(&encoder, &frame, metadata, size);
        EXPECT_EQUAL(image_encoder_read(&encoder, actual, sizeof actual), length);
        EXPECT_EQUAL(length, 51985 - strlen(kMetadata) + size);
        EXPECT_EQUAL(actual[length - 1], 3);
    }
}
