/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FRAME_PIXELS_H
#define FRAME_PIXELS_H

#include <stddef.h>
#include <stdint.h>
#include "vospi-frame.h"
#include "vospi-words.h"

/* Two neighbouring pixels of a VospiFrame in one load: in bits 7:0 the high byte of the left one. */
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

#endif
