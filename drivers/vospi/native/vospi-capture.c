/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Capture, the same on every platform. Two buffers: a segment is assembled as soon as it is read, or, when the next VSYNC has come by
 * then, while the next segment is read.
 */

#include "vospi-capture.h"
#include "vospi-bus.h"

enum { kBuffers = 2, kEventMask = 0xff, kRunShift = 8, kRunMask = 0x7fffff };

static const uint32_t kRequestEnd = UINT32_MAX;

/* A segment that was read, and the VSYNC it belongs to. */
typedef struct Segment {
    uint8_t *packets; /* NULL: no segment */
    VospiPulse pulse;
} Segment;

bool vospi_capture_running(VospiCapture *capture)
{
    uint32_t request = atomic_load_explicit(&capture->request, memory_order_acquire);
    return request != kRequestEnd && (request & 1) && request >> 1 == capture->current;
}

/* Puts the reader's events into the mailbox, where they replace those of a run that was stopped. */
static void report(VospiCapture *capture)
{
    uint32_t events = vospi_reader_events(capture->reader), tag = capture->current << kRunShift, before, after;

    if (!events)
        return;
    before = atomic_load_explicit(&capture->mailbox, memory_order_relaxed);
    do {
        after = tag | events | ((before & ~(uint32_t)kEventMask) == tag ? before & kEventMask : 0);
    } while (!atomic_compare_exchange_weak_explicit(&capture->mailbox, &before, after, memory_order_acq_rel, memory_order_relaxed));
    if (!(before & kEventMask))
        vospi_bus_notify(capture->bus);
}

void vospi_capture_deliver(xsMachine *the, VospiCapture *capture)
{
    uint32_t word = atomic_exchange_explicit(&capture->mailbox, 0, memory_order_acq_rel), events = word & kEventMask;

    /* Events of a run that was stopped are dropped. */
    if (events && word >> kRunShift == capture->run)
        capture->deliver(the, capture->refcon, events);
}

static VospiStep assemble(VospiCapture *capture, const Segment *segment)
{
    vospi_reader_vsync(capture->reader, segment->pulse.microseconds, segment->pulse.captured);
    VospiStep step = vospi_reader_packets(capture->reader, segment->packets, kVospiSegmentPackets);
    report(capture);
    return step;
}

/* After leading discards, reads the rest of the segment while there is time. */
static bool read_more(VospiCapture *capture, const Segment *segment, VospiStep *step)
{
    while (step->next == kVospiMore && vospi_bus_begin_read(capture->bus, &segment->pulse, segment->packets, step->packets)) {
        if (!vospi_bus_end_read(capture->bus, segment->packets, step->packets))
            return false;
        *step = vospi_reader_packets(capture->reader, segment->packets, step->packets);
        report(capture);
    }
    return true;
}

static bool resync(VospiCapture *capture)
{
    bool paused = vospi_bus_pause(capture->bus, kVospiResyncMicroseconds);
    vospi_reader_resynced(capture->reader);
    return paused;
}

/* Waits for a VSYNC, and reports when none comes. */
static VospiWake await_vsync(VospiCapture *capture, VospiPulse *pulse)
{
    VospiWake wake = vospi_bus_await_vsync(capture->bus, pulse);
    if (wake == kVospiWakeTimeout) {
        vospi_reader_no_vsync(capture->reader);
        report(capture);
    }
    return wake;
}

/* Captures until another request comes. False when the bus is lost. */
static bool capture_run(VospiCapture *capture)
{
    VospiBus *bus = capture->bus;
    Segment last = {.packets = NULL}; /* read, not yet assembled */
    uint32_t buffer = 0;

    vospi_reader_start(capture->reader);
    if (!vospi_bus_start(bus) || !resync(capture))
        return false;
    while (vospi_capture_running(capture)) {
        VospiStep step = {kVospiWait, 0};
        Segment next = {.packets = vospi_bus_buffer(bus, buffer)};
        VospiWake wake = await_vsync(capture, &next.pulse);
        if (wake == kVospiWakeLost)
            return false;
        /* When it is too late for this segment, the next one begins where it should. */
        if (wake != kVospiWakeVsync || !vospi_bus_begin_read(bus, &next.pulse, next.packets, kVospiSegmentPackets))
            continue;
        if (last.packets)
            step = assemble(capture, &last);
        if (!vospi_bus_end_read(bus, next.packets, kVospiSegmentPackets))
            return false;
        last = next;
        buffer = (buffer + 1) % kBuffers;
        if (step.next != kVospiResync && !vospi_bus_vsync_waits(bus)) {
            step = assemble(capture, &last);
            if (!read_more(capture, &last, &step))
                return false;
            last.packets = NULL;
        }
        if (step.next == kVospiResync) {
            last.packets = NULL;
            if (!resync(capture))
                return false;
        }
    }
    return vospi_bus_stop(bus);
}

void vospi_capture_loop(VospiCapture *capture)
{
    for (;;) {
        uint32_t request = atomic_load_explicit(&capture->request, memory_order_acquire);
        if (request == kRequestEnd)
            return;
        if (request & 1) {
            capture->current = request >> 1;
            if (!capture_run(capture))
                return;
        } else if (!vospi_bus_sleep(capture->bus))
            return;
    }
}

static void set_request(VospiCapture *capture, uint32_t request)
{
    atomic_store_explicit(&capture->request, request, memory_order_release);
    vospi_bus_wake(capture->bus);
}

bool vospi_capture_open(VospiCapture *capture, xsMachine *the, const VospiPins *pins, VospiReader *reader, VospiDeliver deliver, void *refcon, char *error,
                        size_t size)
{
    *capture = (VospiCapture){.reader = reader, .deliver = deliver, .refcon = refcon};
    return vospi_bus_open(the, pins, capture, error, size);
}

void vospi_capture_start(VospiCapture *capture)
{
    /* The number wraps at the width that both words have room for. */
    capture->run = (capture->run + 1) & kRunMask;
    set_request(capture, capture->run << 1 | 1);
}

void vospi_capture_stop(VospiCapture *capture)
{
    set_request(capture, capture->run << 1);
}

void vospi_capture_end(VospiCapture *capture)
{
    set_request(capture, kRequestEnd);
}

void vospi_capture_close(VospiCapture *capture)
{
    vospi_bus_close(capture->bus);
    capture->bus = NULL;
}
