/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SENSOR_MODEL_H
#define SENSOR_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include "vospi-frame.h"

/*
 * The sending side of a Lepton for the tests: segments 1, 2, 3, 4 and some empty ones, a VSYNC each, every pixel made from the frame's
 * number, which the telemetry carries too. So a frame that holds one wrong packet shows it.
 */

enum { kModelEmptySegments = 8 };

typedef struct SensorModel {
    uint32_t frame;         /* the frame being sent */
    uint32_t step;          /* 0-3: segments 1-4, then empty ones */
    uint32_t emptySegments; /* after each frame */
    bool frozen;            /* FFC: empty segments only */
    uint64_t microseconds;  /* VSYNC of the current segment */
} SensorModel;

void model_init(SensorModel *model);

/* The segment number sent now, 0 for an empty one. */
uint32_t model_number(const SensorModel *model);

/* Writes the current segment, kVospiSegmentBytes. */
void model_write(const SensorModel *model, uint8_t *bytes);

/* On to the next VSYNC, `count` times. */
void model_advance(SensorModel *model, uint32_t count);

void model_write_discard(uint8_t *packet);

/* Sets the CRC field to what it should be. */
void model_sign(uint8_t *packet);

uint16_t model_pixel(uint32_t frame, uint32_t index);
uint16_t model_telemetry(uint32_t frame, uint32_t index);

/* True if the frame is exactly one the model sent; otherwise `text` says where it differs first: row, packet, segment. */
bool model_check(const VospiFrame *frame, char *text, uint32_t size);

#endif
