/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VOSPI_FRAME_H
#define VOSPI_FRAME_H

#include <stdint.h>
#include "vospi-format.h"

/*
 * One picture, whole and from one exposure. Words are in wire order, as the sensor sends them: high byte first. Capture
 * copies them without swapping, and in this order four of eight base64 lookups take a plain bit field of a loaded word.
 * The alignment lets native code load 32 bits at a time; kVospiPixelBytes is a multiple of 4.
 */
typedef struct VospiFrame {
    _Alignas(4) uint8_t pixels[kVospiPixelBytes];
    uint8_t telemetry[kVospiTelemetryBytes]; /* rows A, B, C */
    uint64_t captured; /* milliseconds since start, at the VSYNC of its last segment */
    uint32_t sequence; /* counts frames delivered, from 1 */
} VospiFrame;

/* Word `index` of pixels or telemetry. */
static inline uint16_t vospi_word(const uint8_t *words, uint32_t index)
{
    return (uint16_t)(words[2 * index] << 8 | words[2 * index + 1]);
}

#endif
