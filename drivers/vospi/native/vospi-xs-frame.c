/* SPDX-License-Identifier: Apache-2.0 */

/* Class Frame: a hold on a frame's slot, released by close() or the garbage collector. */

#include "xsmc.h"
#include "mc.xs.h"
#include "vospi-xs.h"

void xs_vospi_frame_destructor(void *data);

static const xsHostHooks kHooks = {xs_vospi_frame_destructor, NULL, NULL};

void xs_vospi_frame_destructor(void *data)
{
    if (data)
        vospi_hold_release(data);
}

void vospi_frame_init(xsMachine *the, xsSlot *object, VospiHold *hold)
{
    xsmcSetHostData(*object, hold);
    xsSetHostHooks(*object, (xsHostHooks *)&kHooks);
}

/* Throws when `object` is not an open Frame. */
static VospiHold *hold_of(xsMachine *the, xsSlot *object)
{
    VospiHold *hold = xsmcGetHostDataValidate(*object, (void *)&kHooks);
    if (!hold)
        xsTypeError("frame is closed");
    return hold;
}

VospiHold *vospi_hold_frame(xsMachine *the, xsSlot *object)
{
    VospiHold *hold = hold_of(the, object);
    hold->references++;
    return hold;
}

void xs_vospi_frame_get_captured(xsMachine *the)
{
    xsmcSetNumber(xsResult, (double)hold_of(the, &xsThis)->frame->captured);
}

void xs_vospi_frame_get_sequence(xsMachine *the)
{
    xsmcSetNumber(xsResult, (double)hold_of(the, &xsThis)->frame->sequence);
}

void xs_vospi_frame_telemetry(xsMachine *the)
{
    VospiHold *hold = hold_of(the, &xsThis);
    double index = xsmcArgc ? xsmcToNumber(xsArg(0)) : -1;

    /* Also false for NaN. */
    if (!(index >= 0 && index < kVospiTelemetryWords) || index != (double)(int)index)
        xsRangeError("telemetry word: expected 0 to 239");
    xsmcSetInteger(xsResult, vospi_word(hold->frame->telemetry, (uint32_t)index));
}

void xs_vospi_frame_copy_pixels(xsMachine *the)
{
    const VospiFrame *frame = hold_of(the, &xsThis)->frame;
    void *target;
    xsUnsignedValue size;

    xsmcGetBufferWritable(xsArg(0), &target, &size);
    if (size < sizeof frame->pixels)
        xsRangeError("target: expected at least %d bytes", (int)sizeof frame->pixels);
    /* The engine is little-endian, and the target may be at any address. */
    uint8_t *to = target;
    for (uint32_t i = 0; i < kVospiPixels; i++) {
        uint16_t pixel = vospi_word(frame->pixels, i);
        *to++ = (uint8_t)pixel;
        *to++ = (uint8_t)(pixel >> 8);
    }
}

/* become(frame): makes `this`, a new object, a copy of the frame. */
void xs_vospi_frame_become(xsMachine *the)
{
    VospiHold *copy = vospi_hold_copy(hold_of(the, &xsArg(0)));
    if (!copy)
        xsUnknownError("no memory to copy a frame");
    vospi_frame_init(the, &xsThis, copy);
    xsResult = xsThis;
}

void xs_vospi_frame_close(xsMachine *the)
{
    VospiHold *hold = xsmcGetHostDataValidate(xsThis, (void *)&kHooks);
    if (!hold)
        return;
    xsmcSetHostData(xsThis, NULL);
    vospi_hold_release(hold);
}
