/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "binary-image.h"
#include "frame-pictures.h"
#include "lossless-encoder.h"

enum { kMessageMaximum = kBinaryImageHeader2 + kVospiTelemetryBytes + kVospiPixelBytes };

static VospiFrame frame;
static FrameStatistics statistics;
static FrameStatisticsWork work;
static BinaryImage image;
static uint8_t expected[kMessageMaximum], compressed[kVospiPixelBytes];

static void set_word(uint32_t index, uint32_t value)
{
    frame.telemetry[2 * index] = (uint8_t)(value >> 8);
    frame.telemetry[2 * index + 1] = (uint8_t)value;
}

static void begin(TestPicture picture)
{
    Random random = {3};

    for (size_t i = 0; i < sizeof frame.telemetry; i++)
        frame.telemetry[i] = (uint8_t)random_next(&random);
    fill_picture(frame.pixels, picture);
    frame.sequence = 0x01020304;
    frame.captured = 0x1122334455;
    frame_statistics(&statistics, &work, frame.pixels);
}

/* Appends words low byte first. */
static size_t put_words(size_t at, const uint8_t *words, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        expected[at + i] = words[i ^ 1];
    return at + bytes;
}

/* The message in pieces of `size` bytes, each in memory of exactly that size, is `length` bytes of `expected`. */
static bool reads(size_t size, size_t length)
{
    size_t at = 0, count;
    bool same = true;

    do {
        uint8_t *piece = malloc(size);
        count = binary_image_read(&image, piece, size);
        same = same && at + count <= length && !memcmp(piece, expected + at, count) && (count == size || at + count == length);
        free(piece);
        at += count;
        same = same && binary_image_done(&image) == (at == length);
    } while (same && count);
    return same && at == length;
}

static const size_t kSizes[] = {1, 2, 3, 5, 7, 12, 13, 40, 41, 480, 492, 493, 520, 521, 1436, 2872, 4095, 4096, kMessageMaximum, kMessageMaximum + 1};

TEST("binary image: version 1 is 12 bytes of header, telemetry, pixels, all little-endian, in pieces of any size")
{
    static const uint8_t header[] = {'T', 'C', 'A', 'M', 1, 1, 0xe0, 0x01, 0x00, 0x96, 0x00, 0x00};

    begin(kPictureNoise);
    memcpy(expected, header, sizeof header);
    size_t length = put_words(put_words(sizeof header, frame.telemetry, kVospiTelemetryBytes), frame.pixels, kVospiPixelBytes);
    EXPECT_EQUAL(length, 38892);
    for (size_t i = 0; i < sizeof kSizes / sizeof *kSizes; i++) {
        EXPECT_EQUAL(binary_image_start_1(&image, &frame), length);
        EXPECT(!binary_image_done(&image), "begun");
        EXPECT(reads(kSizes[i], length), "pieces of %zu bytes", kSizes[i]);
    }
}

/* Header and telemetry of version 2 in `expected`. Returns their length. */
static size_t expect_head(uint8_t flags, uint32_t payload)
{
    static const uint8_t fixed[] = {
        'T',  'C',  'A',  'M',  2,    0,    0xe0, 0x01, 0, 0, 0, 0, /* flags and payload follow */
        0x04, 0x03, 0x02, 0x01,                                     /* sequence */
        0x55, 0x44, 0x33, 0x22,                                     /* captured, 32 bits of it */
        0x0f, 0x0e, 0x0d, 0x0c, 0x0b, 0x0a, 0x00, 0x00,             /* clock */
    };
    const uint16_t values[] = {statistics.minimum, statistics.maximum, statistics.mean, vospi_word(frame.telemetry, 210)};

    memcpy(expected, fixed, sizeof fixed);
    expected[5] = flags;
    for (int i = 0; i < 4; i++)
        expected[8 + i] = (uint8_t)(payload >> 8 * i);
    for (int i = 0; i < 4; i++) {
        expected[28 + 2 * i] = (uint8_t)values[i];
        expected[29 + 2 * i] = (uint8_t)(values[i] >> 8);
    }
    expected[36] = (uint8_t)(statistics.minimum_at / 160);
    expected[37] = (uint8_t)(statistics.minimum_at % 160);
    expected[38] = (uint8_t)(statistics.maximum_at / 160);
    expected[39] = (uint8_t)(statistics.maximum_at % 160);
    return put_words(40, frame.telemetry, kVospiTelemetryBytes);
}

static BinaryImageFacts facts_of(const uint8_t *bytes, size_t length)
{
    return (BinaryImageFacts){.statistics = &statistics, .clock = 0x0a0b0c0d0e0f, .compressed = bytes, .compressed_length = length};
}

static uint8_t telemetry_flags(uint32_t status, uint32_t time, uint32_t time_at_ffc)
{
    BinaryImageFacts facts = facts_of(NULL, 0);

    set_word(3, status);
    set_word(1, time & 0xffff);
    set_word(2, time >> 16);
    set_word(30, time_at_ffc & 0xffff);
    set_word(31, time_at_ffc >> 16);
    binary_image_start_2(&image, &frame, &facts);
    return image.head[5];
}

TEST("binary image: version 2 has the facts of the frame, then telemetry and pixels, compressed or not")
{
    begin(kPictureScene);
    set_word(3, 0x0800); /* no correction, no AGC */
    size_t compressed_length = lossless_encode(compressed, sizeof compressed, frame.pixels);
    EXPECT(compressed_length, "compressed");
    for (size_t i = 0; i < sizeof kSizes / sizeof *kSizes; i++) {
        BinaryImageFacts facts = facts_of(NULL, 0);
        size_t length = put_words(expect_head(1, kVospiPixelBytes), frame.pixels, kVospiPixelBytes);
        EXPECT_EQUAL(binary_image_start_2(&image, &frame, &facts), length);
        EXPECT(reads(kSizes[i], length), "pieces of %zu bytes", kSizes[i]);

        facts = facts_of(compressed, compressed_length);
        length = expect_head(3, (uint32_t)compressed_length);
        memcpy(expected + length, compressed, compressed_length);
        length += compressed_length;
        EXPECT_EQUAL(binary_image_start_2(&image, &frame, &facts), length);
        EXPECT(reads(kSizes[i], length), "compressed, pieces of %zu bytes", kSizes[i]);
    }
}

TEST("binary image: flags say AGC, and a correction up to 1 s after its end")
{
    begin(kPictureGrey);
    EXPECT_EQUAL(telemetry_flags(0x0800, 100, 0), 1);              /* never */
    EXPECT_EQUAL(telemetry_flags(0x1800, 100, 0), 1 | 8);          /* AGC */
    EXPECT_EQUAL(telemetry_flags(0x0810, 70000, 0), 1 | 4);        /* imminent */
    EXPECT_EQUAL(telemetry_flags(0x0820, 70000, 0), 1 | 4);        /* in progress */
    EXPECT_EQUAL(telemetry_flags(0x0830, 71000, 70000), 1 | 4);    /* complete, for 1 s */
    EXPECT_EQUAL(telemetry_flags(0x0830, 71001, 70000), 1);        /* and longer */
    EXPECT_EQUAL(telemetry_flags(0x0830, 400, 0xffffff00), 1 | 4); /* when the sensor's time wraps */
    EXPECT_EQUAL(telemetry_flags(0x1830, 71001, 70000), 1 | 8);
}
