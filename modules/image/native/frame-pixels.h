/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FRAME_PIXELS_H
#define FRAME_PIXELS_H

#include <stddef.h>
#include <stdint.h>
#include "vospi-words.h"

/*
 * Pixels of one frame in the order of the sensor's wire: 120 rows of 160 16-bit words, high byte first (Lepton
 * datasheet, VoSPI). Aligned to 4 bytes.
 */
enum { kFrameColumns = 160, kFrameRows = 120, kFramePixels = kFrameColumns * kFrameRows };

/* Two neighbouring pixels in one load. In the word, from bit 0: high and low byte of the left one, then of the right one. */
static inline uint32_t pixel_pair(const uint8_t *pixels, size_t pair)
{
    return ((const VospiWord *)(const void *)pixels)[pair];
}

static inline uint32_t pair_left(uint32_t pair)
{
    return (pair & 0xff) << 8 | (pair >> 8 & 0xff);
}

static inline uint32_t pair_right(uint32_t pair)
{
    return (pair >> 16 & 0xff) << 8 | pair >> 24;
}

static inline uint32_t pixel_at(const uint8_t *pixels, size_t index)
{
    return (uint32_t)pixels[2 * index] << 8 | pixels[2 * index + 1];
}

#endif
