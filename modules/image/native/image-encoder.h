/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_ENCODER_H
#define IMAGE_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "vospi-frame.h"

/*
 * An image packet, written in pieces of any size:
 *
 *   0x02 {"metadata":<JSON>,"radiometric":"<base64>","telemetry":"<base64>"} 0x03
 *
 * Base64 of 16-bit little-endian words. The complete packet is never in memory. Portable: no OS, no malloc, no globals.
 */

typedef struct ImageEncoder {
    const VospiFrame *frame;
    const char *metadata;
    size_t metadataLength;
    int part;          /* part of the packet that is being written */
    size_t offset;     /* bytes of that part already written */
    uint32_t checksum; /* sum of all bytes written, modulo 2^32 */
} ImageEncoder;

/*
 * Begins a packet and returns its length in bytes. `frame` and `metadata` must not change until the last byte is read.
 */
size_t image_encoder_start(ImageEncoder *encoder, const VospiFrame *frame, const char *metadata, size_t metadataLength);

/* Writes the next bytes, at most `size`. Returns their number: fewer than `size` only at the end, then 0. */
size_t image_encoder_read(ImageEncoder *encoder, uint8_t *target, size_t size);

/* True when the whole packet was read and `frame` and `metadata` are no longer needed. */
bool image_encoder_done(const ImageEncoder *encoder);

#endif
