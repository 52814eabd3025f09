/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VOSPI_FRAME_H
#define VOSPI_FRAME_H

#include <stdint.h>
#include "vospi-format.h"

/* One picture, whole and from one exposure, in host byte order. */
typedef struct VospiFrame {
    uint16_t pixels[kVospiPixels];
    uint16_t telemetry[kVospiTelemetryWords]; /* rows A, B, C */
    uint64_t captured; /* milliseconds since start, at the VSYNC of its last segment */
    uint32_t sequence; /* counts frames delivered, from 1 */
} VospiFrame;

#endif
