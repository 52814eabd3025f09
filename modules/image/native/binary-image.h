/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BINARY_IMAGE_H
#define BINARY_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "frame-statistics.h"
#include "vospi-frame.h"

/*
 * A frame as a binary message, read in pieces of any size. Numbers are little-endian.
 *
 *   offset  version 1, 12 bytes           version 2, 40 bytes
 *        0  "TCAM"                        "TCAM"
 *        4  u8 1                          u8 2
 *        5  u8 flags                      u8 flags
 *        6  u16 bytes of telemetry, 480   u16 bytes of telemetry, 480
 *        8  u32 bytes of pixels, 38,400   u32 bytes of the pixels that follow
 *       12                                u32 number of the frame since the video began
 *       16                                u32 milliseconds from start to capture
 *       20                                u64 capture by the camera's clock: milliseconds since 1970 (*)
 *       28                                u16 minimum, u16 maximum, u16 mean, u16 mean of the spot meter
 *       36                                u8 row, u8 column of the minimum, u8 row, u8 column of the maximum
 *
 * (*) The clock counts from 0 at start until set_time sets it.
 *
 * Then telemetry rows A, B, C, then the pixels, row by row: words, or compressed as lossless-encoder.h describes.
 * Version 1 is the format of a page that other firmware of this camera serves. Portable: no OS, no malloc, no globals.
 */

/* Bits of `flags`; version 1 has the first one only. */
enum {
    kBinaryImageTelemetry = 1,
    kBinaryImageCompressed = 2,
    kBinaryImageFfc = 4, /* captured during a flat-field correction or at most 1 s after it */
    kBinaryImageAgc = 8, /* pixels are no temperatures */
};

enum { kBinaryImageHeader1 = 12, kBinaryImageHeader2 = 40 };

typedef struct BinaryImage {
    uint8_t head[kBinaryImageHeader2 + kVospiTelemetryBytes]; /* header and telemetry */
    size_t head_length;
    const uint8_t *payload; /* the caller's */
    size_t payload_length;
    bool swaps; /* the payload is words in wire order */
    size_t at;
} BinaryImage;

/* Begins a message of version 1 and returns its length. The frame must not change until the last byte is read. */
size_t binary_image_start_1(BinaryImage *image, const VospiFrame *frame);

typedef struct BinaryImageFacts {
    const FrameStatistics *statistics;
    uint64_t clock; /* see offset 20 */
    /* The frame's pixels by lossless_encode(); NULL: they are sent as they are. */
    const uint8_t *compressed;
    size_t compressed_length;
} BinaryImageFacts;

/*
 * Begins a message of version 2. The compressed pixels, or the frame without them, must not change until the last byte
 * is read.
 */
size_t binary_image_start_2(BinaryImage *image, const VospiFrame *frame, const BinaryImageFacts *facts);

/* Writes the next bytes, at most `size`. Returns their number: fewer than `size` only at the end, then 0. */
size_t binary_image_read(BinaryImage *image, uint8_t *target, size_t size);

bool binary_image_done(const BinaryImage *image);

#endif
