/* SPDX-License-Identifier: Apache-2.0 */

/* Class Slot, declared in platforms/common/slot.ts. */

#include <stdlib.h>
#include <string.h>

#include "mc.xs.h"
#include "native-class.h"
#include "slot-pages.h"
#include "slot-port.h"

enum { kOnDone };

typedef struct Slot {
    NativeObject base;
    SlotPort *port;
    bool busy;
    /* The job. Of the task while it is busy. */
    uint32_t offset;
    uint32_t length;
    uint8_t *bytes; /* to be written; NULL: erase */
    const char *problem;
} Slot;

void xs_slot_destructor(void *data);

static const xsHostHooks kHooks = {xs_slot_destructor, native_mark, NULL};

void xs_slot_destructor(void *data)
{
    Slot *slot = data;

    if (!slot)
        return;
    if (slot->port)
        slot_port_close(slot->port);
    slot->port = NULL;
    free(slot->bytes);
    slot->bytes = NULL;
    native_release(&slot->base);
}

static void work(void *refcon)
{
    Slot *slot = refcon;
    slot->problem = slot->bytes ? slot_write_pages(slot->port, slot->offset, slot->bytes, slot->length) : slot_port_erase(slot->port, slot->offset, slot->length);
}

static void done(xsMachine *the, void *refcon)
{
    Slot *slot = refcon;

    free(slot->bytes);
    slot->bytes = NULL;
    slot->busy = false;
    native_hold(&slot->base);
    xsBeginHost(the);
    xsmcVars(1);
    if (slot->problem)
        xsmcSetString(xsVar(0), (char *)slot->problem);
    xsCallFunction1(xsReference(slot->base.callbacks[kOnDone]), slot->base.slot, xsVar(0));
    xsEndHost(the);
    native_release(&slot->base);
}

/* (onDone) */
void xs_slot(xsMachine *the)
{
    char error[128];
    Slot *slot = native_create(the, sizeof *slot, &kHooks);
    const SlotJobs jobs = {.refcon = slot, .work = work, .done = done};

    slot->base.callbacks[kOnDone] = fxToReference(the, &xsArg(0));
    slot->port = slot_port_open(the, &jobs, error, sizeof error);
    if (!slot->port)
        xsUnknownError("%s", error);
    native_remember(the, &slot->base);
}

void xs_slot_get_size(xsMachine *the)
{
    Slot *slot = native_this(the, &kHooks);
    xsmcSetInteger(xsResult, (xsIntegerValue)slot_port_size(slot->port));
}

/* The job of this range, which is to be started. Throws when one is under way or the range is not in the slot. */
static Slot *new_job(xsMachine *the, xsSlot *offset, double length)
{
    Slot *slot = native_this(the, &kHooks);
    double start = xsmcToNumber(*offset), size = slot_port_size(slot->port);

    if (slot->busy)
        xsUnknownError("the slot is busy");
    if (!(start >= 0 && length >= 0 && start + length <= size) || start != (double)(uint32_t)start || length != (double)(uint32_t)length)
        xsRangeError("outside the slot");
    slot->offset = (uint32_t)start;
    slot->length = (uint32_t)length;
    slot->problem = NULL;
    return slot;
}

static void start(xsMachine *the, Slot *slot)
{
    slot->busy = slot_port_start(slot->port);
    if (slot->busy)
        return;
    free(slot->bytes);
    slot->bytes = NULL;
    xsUnknownError("no memory");
}

/* (offset, length) */
void xs_slot_erase(xsMachine *the)
{
    start(the, new_job(the, &xsArg(0), xsmcToNumber(xsArg(1))));
}

/* (bytes, offset): the bytes are copied. */
void xs_slot_write(xsMachine *the)
{
    void *bytes;
    xsUnsignedValue length;

    xsmcGetBufferReadable(xsArg(0), &bytes, &length);
    Slot *slot = new_job(the, &xsArg(1), length);
    slot->bytes = malloc(length ? length : 1);
    if (!slot->bytes)
        xsUnknownError("no memory");
    memcpy(slot->bytes, bytes, length);
    start(the, slot);
}

void xs_slot_close(xsMachine *the)
{
    xs_slot_destructor(native_detach(the, &xsThis, &kHooks));
}
