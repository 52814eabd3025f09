/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What one frame costs in instructions, by difference: each program prepares the same segment and then does PART for one frame,
 * or nothing. It ends with 0 if the result is right.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base64-codec.h"
#include "binary-image.h"
#include "command-framer.h"
#include "fixture.h"
#include "frame-pixels.h"
#include "frame-statistics.h"
#include "image-encoder.h"
#include "jpeg-encoder.h"
#include "lossless-encoder.h"
#include "vospi-crc.h"

/* The parts are counted apart, so they are numbers and not names. */
#define PART_NOTHING 0
#define PART_CRC 1      /* the CRC of the 244 packets of a frame */
#define PART_ASSEMBLE 2 /* the four segments of a frame, from packets to pixels, CRC included */
#define PART_EMPTY 3    /* the eight empty segments between two frames */
#define PART_ENCODE 4   /* the image message, read in pieces of 1,436 bytes (a TCP segment), pairs of characters at even addresses */
#define PART_SEGMENT 5  /* no part of a frame: an update's chunk of 8,192 bytes, from base64 */
#define PART_ENCODE_ODD 6 /* as PART_ENCODE, pairs of characters at odd addresses */
#define PART_SUM 7        /* the sum of an image message, for the hardware interface */
#define PART_FRAMING 8    /* framing and text checks of the command with an update's chunk, read in pieces of 2,048 bytes */

#define PART_STATISTICS 9
#define PART_LOSSLESS 10 /* of a picture of a warm mug and a cold one */
#define PART_JPEG 11     /* of the same picture: 160 × 120, 4:2:0, quality 80 */
#define PART_BINARY 12   /* a binary image of version 1, read in pieces of two TCP segments */

/* 120 rows of 160 big-endian words. */
extern const uint8_t fixture_picture[];

enum { kEmptySegments = 8, kPiece = 1436 };

int measure(void);

#if PART == PART_CRC
static bool perform(void)
{
    bool right = true;
    for (uint32_t i = 0; i < kVospiSegments * kVospiSegmentPackets; i++) {
        const uint8_t *packet = fixture_segments[0] + i * kVospiPacketBytes;
        right &= vospi_crc_packet(packet) == vospi_crc_field(packet);
    }
    return right;
}
#elif PART == PART_ASSEMBLE || PART == PART_EMPTY
static bool perform(void)
{
    uint32_t count = PART == PART_EMPTY ? kEmptySegments : kVospiSegments;
    for (uint32_t i = 0; i < count; i++) {
        vospi_assembler_vsync(&fixture_assembler, i * kVospiPeriodMicroseconds);
        const uint8_t *packets = fixture_segments[i % kVospiSegments];
        /* As vospi_reader_packets() does it. */
        bool empty = vospi_assembler_empty(&fixture_assembler, packets);
        for (uint32_t j = 0; j < kVospiSegmentPackets && !empty; j++)
            vospi_assembler_packet(&fixture_assembler, packets + j * kVospiPacketBytes);
    }
    return PART == PART_EMPTY ? fixture_statistics.emptySegments == count : fixture_assembler.complete && vospi_word(fixture_frame.pixels, kVospiPixels - 1) == fixture_word(kVospiPixels - 1);
}
#elif PART == PART_ENCODE || PART == PART_ENCODE_ODD
static const char kMetadata[] = "{\"Camera\":\"tCam-Mini-EFB4\",\"Model\":262146,\"Version\":\"4.0\",\"Time\":\"14:21:37.898\",\"Date\":\"11/14/21\"}";
static _Alignas(4) uint8_t pieces[kPiece + 1];

static bool perform(void)
{
    /* The pixels begin after an odd number of bytes. */
    uint8_t *piece = pieces + (PART == PART_ENCODE);
    ImageEncoder encoder;
    size_t length = image_encoder_start(&encoder, &fixture_table, &fixture_frame, kMetadata, sizeof kMetadata - 1), total = 0, count;
    while ((count = image_encoder_read(&encoder, piece, kPiece)))
        total += count;
    return total == length;
}
#elif PART == PART_SEGMENT
static uint8_t bytes[kFixtureBytes];

static bool perform(void)
{
    size_t length = base64_encoded_length(kFixtureBytes);
    return base64_decode(bytes, (const char *)fixture_text, length) && bytes[kFixtureBytes - 1] == fixture_byte(kFixtureBytes - 1);
}
#elif PART == PART_FRAMING
enum { kRead = 2048, kCommandBytes = 12287 };

static uint8_t text[kCommandBytes];

static bool perform(void)
{
    CommandFramer framer;
    size_t at = 0;
    command_framer_init(&framer, text, (FramerLimits){.bytes = kCommandBytes, .nesting = 16, .values = 512});
    while (at < fixture_command_size)
        at += command_framer_feed(&framer, fixture_command + at, fixture_command_size - at < kRead ? fixture_command_size - at : kRead);
    return framer.event == kFramerCommand && framer.length == fixture_command_size - 2 && command_framer_valid(&framer);
}
#elif PART == PART_SUM
static uint8_t message[51985];

static bool perform(void)
{
    return image_encoder_sum(message, sizeof message) == 0;
}
#elif PART == PART_STATISTICS
static FrameStatisticsWork work;

static bool perform(void)
{
    FrameStatistics statistics;
    frame_statistics(&statistics, &work, fixture_picture);
    return statistics.minimum == 27523 && statistics.maximum == 33863;
}
#elif PART == PART_LOSSLESS
static uint8_t compressed[kVospiPixelBytes];

static bool perform(void)
{
    return lossless_encode(compressed, sizeof compressed, fixture_picture) > 0;
}
#elif PART == PART_JPEG
static uint8_t jpeg[16384];
static JpegWork work;

static bool perform(void)
{
    JpegOptions options = {.low = 27523, .high = 33863, .palette = 2, .quality = 80, .scale = 1};
    return jpeg_encode(jpeg, sizeof jpeg, &work, &options, fixture_picture) > 0;
}
#elif PART == PART_BINARY
static uint8_t piece[2 * kPiece];

static bool perform(void)
{
    BinaryImage image;
    size_t length = binary_image_start_1(&image, &fixture_frame), total = 0, count;
    while ((count = binary_image_read(&image, piece, sizeof piece)))
        total += count;
    return total == length;
}
#else
static bool perform(void)
{
    return true;
}
#endif

int measure(void)
{
    fixture_prepare(PART != PART_EMPTY);
    return perform() ? 0 : 1;
}
