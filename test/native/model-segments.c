/* SPDX-License-Identifier: Apache-2.0 */
#include "model-segments.h"

#include <stdlib.h>

enum { kFrames = 64, kSteps = kVospiSegments + 1 };

const uint8_t *model_segment(const SensorModel *model)
{
    static _Alignas(4) uint8_t segments[kFrames][kSteps][kVospiSegmentBytes];
    static bool written[kFrames][kSteps];

    if (model->frozen || model->emptySegments != 1 || model->frame >= kFrames)
        abort();
    if (!written[model->frame][model->step])
        model_write(model, segments[model->frame][model->step]);
    written[model->frame][model->step] = true;
    return segments[model->frame][model->step];
}
