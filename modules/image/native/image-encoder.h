/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_ENCODER_H
#define IMAGE_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "vospi-frame.h"

/*
 * An image message, written in pieces of any size to any address:
 *
 *   0x02 {"metadata":<JSON>,"radiometric":"<base64>","telemetry":"<base64>"} 0x03
 *
 * Base64 of 16-bit little-endian words. The complete message is never in memory. Portable: no OS, no malloc, no
 * globals.
 */

/*
 * Both base64 characters of each 12-bit value, the first in the low byte. 8 KB: one for all encoders, in memory that is
 * fast to read in any order.
 */
typedef struct ImageEncoderTable {
    uint16_t pairs[4096];
} ImageEncoderTable;

typedef struct ImageEncoder {
    const ImageEncoderTable *table;
    const VospiFrame *frame;
    const char *metadata;
    size_t metadata_length;
    int part;      /* part of the message that is being written */
    size_t offset; /* bytes of that part already written */
} ImageEncoder;

void image_encoder_fill_table(ImageEncoderTable *table);

/*
 * Begins a message and returns its length in bytes. `table`, `frame` and `metadata` must not change until the last byte
 * is read.
 */
size_t image_encoder_start(ImageEncoder *encoder, const ImageEncoderTable *table, const VospiFrame *frame, const char *metadata, size_t metadata_length);

/* Writes the next bytes, at most `size`. Returns their number: fewer than `size` only at the end, then 0. */
size_t image_encoder_read(ImageEncoder *encoder, uint8_t *target, size_t size);

/* True when the whole message was read and `frame` and `metadata` are no longer needed. */
bool image_encoder_done(const ImageEncoder *encoder);

/* Sum of `count` bytes modulo 2^32, for the checksum of the hardware interface. */
uint32_t image_encoder_sum(const uint8_t *bytes, size_t count);

#endif
