/* SPDX-License-Identifier: Apache-2.0 */

/* Class VoSPI: owns slots, reader and capture thread, and calls the callbacks on the thread's events. */

#include "xsmc.h"
#include "mc.xs.h"
#include "native-class.h"
#include "vospi-capture.h"
#include "vospi-memory.h"
#include "vospi-xs.h"

enum { kOnReadable, kOnStall, kOnPaused };

typedef struct VoSPI {
    NativeObject base;
    VospiPool *pool;
    VospiCapture capture;
    VospiReader reader;
    VospiStatistics statistics;
    bool open; /* `capture` is */
    bool running;
    bool pausing; /* from pause() to resume() */
    bool delivering;
    bool closed;
} VoSPI;

static const struct {
    uint32_t event;
    const char *name;
} kStalls[] = {
    {kVospiEventNoVsync, "no-vsync"},
    {kVospiEventNoSync, "no-sync"},
    {kVospiEventNoSegments, "no-segments"},
};

void xs_vospi_destructor(void *data);

static const xsHostHooks kHooks = {xs_vospi_destructor, native_mark, NULL};

static void destroy(VoSPI *vospi)
{
    if (vospi->open)
        vospi_capture_close(&vospi->capture);
    vospi->open = false;
    vospi->running = false;
    vospi->closed = true;
    /* Closed in one of its own callbacks: deliver() frees it. */
    if (vospi->delivering)
        return;
    vospi_pool_release(vospi->pool);
    vospi_free(vospi);
}

void xs_vospi_destructor(void *data)
{
    if (data)
        destroy(data);
}

/* Calls the function given to pause(), once. */
static void report_paused(xsMachine *the, VoSPI *vospi)
{
    xsSlot *function = vospi->base.callbacks[kOnPaused];

    vospi->base.callbacks[kOnPaused] = NULL;
    if (function)
        xsCallFunction0(xsReference(function), vospi->base.slot);
}

static void deliver(xsMachine *the, void *refcon, uint32_t events)
{
    VoSPI *vospi = refcon;

    if (!vospi->running)
        return;
    vospi->delivering = true;
    xsBeginHost(the);
    xsmcVars(1);
    for (size_t i = 0; i < sizeof kStalls / sizeof *kStalls; i++) {
        if (vospi->running && (events & kStalls[i].event)) {
            xsmcSetString(xsVar(0), (char *)kStalls[i].name);
            xsCallFunction1(xsReference(vospi->base.callbacks[kOnStall]), vospi->base.slot, xsVar(0));
        }
    }
    if (vospi->running && (events & kVospiEventPaused) && vospi_capture_is_paused(&vospi->capture))
        report_paused(the, vospi);
    /* The frame of this event may have been read on an earlier event. */
    if (vospi->running && (events & kVospiEventFrame) && vospi_slots_ready(&vospi->pool->slots))
        native_call(the, &vospi->base, kOnReadable, kNativeNoCount);
    xsEndHost(the);
    vospi->delivering = false;
    if (vospi->closed)
        destroy(vospi);
}

/* Property `id` of `object` as an integer from `low` to `high`. When it is missing, `absent` if that is in range. */
static int option(xsMachine *the, xsSlot *object, xsIdentifier id, const char *name, int low, int high, int absent)
{
    xsSlot slot;
    xsmcGet(slot, *object, id);
    if (xsmcTypeOf(slot) == xsUndefinedType && absent >= low)
        return absent;
    double value = xsmcTypeOf(slot) == xsUndefinedType ? -1 : xsmcToNumber(slot);
    if (!(value >= low && value <= high) || value != (double)(int)value)
        xsRangeError("%s: expected %d to %d", name, low, high);
    return (int)value;
}

/* A callback that must be given. */
static xsSlot *callback(xsMachine *the, xsIdentifier id, const char *name)
{
    xsSlot *function = native_function(the, id, name);
    if (!function)
        xsTypeError("%s: expected a function", name);
    return function;
}

enum { kLowestPin = 0, kHighestPin = 39, kHighestHz = 20000000, kDefaultPort = 1, kHighestPort = 2 };

static void read_pins(xsMachine *the, VospiPins *pins)
{
    xsmcGet(xsVar(0), xsArg(0), xsID_spi);
    pins->clock = option(the, &xsVar(0), xsID_clock, "spi.clock", kLowestPin, kHighestPin, -1);
    pins->in = option(the, &xsVar(0), xsID_in, "spi.in", kLowestPin, kHighestPin, -1);
    pins->select = option(the, &xsVar(0), xsID_select, "spi.select", kLowestPin, kHighestPin, -1);
    pins->hz = option(the, &xsVar(0), xsID_hz, "spi.hz", 1, kHighestHz, -1);
    pins->port = option(the, &xsVar(0), xsID_port, "spi.port", 0, kHighestPort, kDefaultPort);
    /* The sensor's only mode: clock idles high, data is sampled on the rising edge (datasheet 4.2.1). */
    option(the, &xsVar(0), xsID_mode, "spi.mode", 3, 3, -1);
    pins->vsync = option(the, &xsArg(0), xsID_vsync, "vsync", kLowestPin, kHighestPin, -1);
}

void xs_vospi(xsMachine *the)
{
    VospiPins pins;
    char error[128];

    xsmcVars(1);
    if (xsmcArgc < 1 || xsmcTypeOf(xsArg(0)) != xsReferenceType)
        xsTypeError("options: expected an object");
    read_pins(the, &pins);
    int slots = option(the, &xsArg(0), xsID_slots, "slots", 2, kVospiSlotsMaximum, -1);
    xsSlot *on_readable = callback(the, xsID_onReadable, "onReadable");
    xsSlot *on_stall = callback(the, xsID_onStall, "onStall");

    VoSPI *vospi = vospi_allocate_atomic(sizeof(VoSPI));
    VospiPool *pool = vospi ? vospi_pool_new((uint32_t)slots) : NULL;
    if (!pool) {
        vospi_free(vospi);
        xsUnknownError("no memory for %d frames", slots);
    }
    vospi->base.callbacks[kOnReadable] = on_readable;
    vospi->base.callbacks[kOnStall] = on_stall;
    vospi->pool = pool;
    vospi_reader_init(&vospi->reader, &pool->slots, &vospi->statistics);
    vospi->open = vospi_capture_open(&vospi->capture, the, &pins, &vospi->reader, deliver, vospi, error, sizeof error);
    if (!vospi->open) {
        destroy(vospi);
        xsUnknownError("VoSPI: %s", error);
    }
    native_attach(the, vospi, &kHooks);
    native_remember(the, &vospi->base);
}

/* Throws when `this` is not an open VoSPI. */
static VoSPI *this_vospi(xsMachine *the)
{
    VoSPI *vospi = xsmcGetHostDataValidate(xsThis, (void *)&kHooks);
    if (!vospi)
        xsTypeError("VoSPI is closed");
    return vospi;
}

/* Drops a frame of the run before, which the next reader must not get. */
static void drop_unread(VoSPI *vospi)
{
    VospiHold *hold = vospi_pool_take(vospi->pool);
    if (hold)
        vospi_hold_release(hold);
}

void xs_vospi_start(xsMachine *the)
{
    VoSPI *vospi = this_vospi(the);
    if (vospi->running)
        return;
    drop_unread(vospi);
    vospi->running = true;
    vospi_capture_start(&vospi->capture);
}

void xs_vospi_stop(xsMachine *the)
{
    VoSPI *vospi = this_vospi(the);
    if (!vospi->running)
        return;
    vospi->running = false;
    vospi_capture_stop(&vospi->capture);
    report_paused(the, vospi);
}

void xs_vospi_request_pause(xsMachine *the)
{
    VoSPI *vospi = xsmcGetHostDataValidate(xsThis, (void *)&kHooks);

    if (!vospi) {
        xsCallFunction0(xsArg(0), xsThis);
        return;
    }
    if (vospi->pausing)
        xsUnknownError("VoSPI is paused already");
    vospi->base.callbacks[kOnPaused] = fxToReference(the, &xsArg(0));
    vospi->pausing = true;
    vospi_capture_pause(&vospi->capture);
    if (!vospi->running)
        report_paused(the, vospi);
}

static void resume(xsMachine *the, VoSPI *vospi)
{
    if (vospi->pausing)
        vospi_capture_resume(&vospi->capture);
    vospi->pausing = false;
    report_paused(the, vospi);
}

void xs_vospi_resume(xsMachine *the)
{
    VoSPI *vospi = xsmcGetHostDataValidate(xsThis, (void *)&kHooks);
    if (vospi)
        resume(the, vospi);
}

void xs_vospi_close(xsMachine *the)
{
    VoSPI *vospi = xsmcGetHostDataValidate(xsThis, (void *)&kHooks);
    if (!vospi)
        return;
    resume(the, vospi);
    xsForget(vospi->base.slot);
    xsmcSetHostData(xsThis, NULL);
    destroy(vospi);
}

void xs_vospi_read(xsMachine *the)
{
    VoSPI *vospi = this_vospi(the);
    VospiHold *hold = vospi_pool_take(vospi->pool);
    if (!hold)
        return;
    xsmcVars(1);
    xsTry
    {
        xsmcGet(xsVar(0), xsThis, xsID_constructor);
        xsmcNew(xsResult, xsVar(0), xsID_Frame, NULL);
    }
    xsCatch
    {
        vospi_hold_release(hold);
        xsThrow(xsException);
    }
    vospi_frame_init(the, &xsResult, hold);
}

void xs_vospi_get_resyncs(xsMachine *the)
{
    xsmcSetNumber(xsResult, (double)atomic_load_explicit(&this_vospi(the)->statistics.resyncs, memory_order_relaxed));
}

static void counter(xsMachine *the, xsIdentifier id, _Atomic uint32_t *value)
{
    xsmcSetNumber(xsVar(0), (double)atomic_load_explicit(value, memory_order_relaxed));
    xsmcSet(xsResult, id, xsVar(0));
}

void xs_vospi_get_statistics(xsMachine *the)
{
    VospiStatistics *statistics = &this_vospi(the)->statistics;

    xsmcVars(1);
    xsmcSetNewObject(xsResult);
    counter(the, xsID_vsyncs, &statistics->vsyncs);
    counter(the, xsID_frames, &statistics->frames);
    counter(the, xsID_segments, &statistics->segments);
    counter(the, xsID_emptySegments, &statistics->emptySegments);
    counter(the, xsID_discards, &statistics->discards);
    counter(the, xsID_zeroPackets, &statistics->zeroPackets);
    counter(the, xsID_crcErrors, &statistics->crcErrors);
    counter(the, xsID_sequenceErrors, &statistics->sequenceErrors);
    counter(the, xsID_brokenSegments, &statistics->brokenSegments);
    counter(the, xsID_segmentErrors, &statistics->segmentErrors);
    counter(the, xsID_gaps, &statistics->gaps);
    counter(the, xsID_telemetryErrors, &statistics->telemetryErrors);
    counter(the, xsID_repeatedFrames, &statistics->repeatedFrames);
    counter(the, xsID_rejectedFrames, &statistics->rejectedFrames);
    counter(the, xsID_overruns, &statistics->overruns);
    counter(the, xsID_resyncs, &statistics->resyncs);
}
