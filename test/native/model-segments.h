/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_SEGMENTS_H
#define MODEL_SEGMENTS_H

#include "sensor-model.h"

/*
 * The current segment of a model that is not frozen and sends one empty segment after each frame. Written once: fuzzers need the
 * same segments in each execution.
 */
const uint8_t *model_segment(const SensorModel *model);

#endif
