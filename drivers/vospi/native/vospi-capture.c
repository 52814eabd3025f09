/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Capture, the same on every platform. Two buffers: a segment is assembled as soon as it is read, or, when the next VSYNC has come by
 * then, while the next segment is read.
 */

#include "vospi-capture.h"
#include "quiet-window.h"
#include "vospi-bus.h"

enum {
    kBuffers = 2,
    kFramePeriods = 12, /* a frame's segments and the empty ones behind them */
    kEventMask = 0xff,
    kRunShift = 8,
    kRunMask = 0x7fffff,
};

static const uint32_t kRequestEnd = UINT32_MAX;

/* A segment that was read, and the VSYNC it belongs to. */
typedef struct Segment {
    uint8_t *packets; /* NULL: no segment */
    VospiPulse pulse;
} Segment;

static bool running(VospiCapture *capture)
{
    uint32_t request = atomic_load_explicit(&capture->request, memory_order_acquire);
    return request != kRequestEnd && (request & 1) && request >> 1 == capture->current;
}

static uint32_t pause_word(const VospiCapture *capture)
{
    return atomic_load_explicit(&capture->pause, memory_order_acquire);
}

bool vospi_capture_interrupted(VospiCapture *capture)
{
    uint32_t word = pause_word(capture);
    return !running(capture) || ((word & 1) && word != capture->pause_seen);
}

/* Puts events into the mailbox, where they replace those of a run that was stopped. */
static void post(VospiCapture *capture, uint32_t events)
{
    uint32_t tag = capture->current << kRunShift, before, after;

    if (!events)
        return;
    before = atomic_load_explicit(&capture->mailbox, memory_order_relaxed);
    do {
        after = tag | events | ((before & ~(uint32_t)kEventMask) == tag ? before & kEventMask : 0);
    } while (!atomic_compare_exchange_weak_explicit(&capture->mailbox, &before, after, memory_order_acq_rel, memory_order_relaxed));
    if (!(before & kEventMask))
        vospi_bus_notify(capture->bus);
}

/* Posts the reader's events. True when a frame is among them. */
static bool report(VospiCapture *capture)
{
    uint32_t events = vospi_reader_events(capture->reader);
    post(capture, events);
    return events & kVospiEventFrame;
}

void vospi_capture_deliver(xsMachine *the, VospiCapture *capture)
{
    uint32_t word = atomic_exchange_explicit(&capture->mailbox, 0, memory_order_acq_rel), events = word & kEventMask;

    /* Events of a run that was stopped are dropped. */
    if (events && word >> kRunShift == capture->run)
        capture->deliver(the, capture->refcon, events);
}

/* Sets `frame` when one was delivered. */
static VospiStep assemble(VospiCapture *capture, const Segment *segment, bool *frame)
{
    vospi_reader_vsync(capture->reader, segment->pulse.microseconds, segment->pulse.captured);
    VospiStep step = vospi_reader_packets(capture->reader, segment->packets, kVospiSegmentPackets);
    *frame |= report(capture);
    return step;
}

/* After leading discards, reads the rest of the segment while there is time. */
static bool read_more(VospiCapture *capture, const Segment *segment, VospiStep *step, bool *frame)
{
    while (step->next == kVospiMore && vospi_bus_begin_read(capture->bus, &segment->pulse, segment->packets, step->packets)) {
        if (!vospi_bus_end_read(capture->bus, segment->packets, step->packets))
            return false;
        *step = vospi_reader_packets(capture->reader, segment->packets, step->packets);
        *frame |= report(capture);
    }
    return true;
}

/* The pause, while one is wanted. False when the bus is lost. */
static bool hold(VospiCapture *capture)
{
    capture->pause_pulse = 0;
    while (running(capture) && ((capture->pause_seen = pause_word(capture)) & 1)) {
        uint32_t word = capture->pause_seen;
        if (atomic_exchange_explicit(&capture->paused, word, memory_order_acq_rel) != word) {
            vospi_reader_pause(capture->reader);
            post(capture, kVospiEventPaused);
        }
        if (!vospi_bus_hold(capture->bus))
            return false;
    }
    return true;
}

/* A pause that is wanted takes place first, and again when the resync is interrupted by one. */
static bool resync(VospiCapture *capture)
{
    quiet_window_open();
    do {
        if (!hold(capture) || !vospi_bus_idle(capture->bus, kVospiResyncMicroseconds))
            return false;
    } while (running(capture) && (pause_word(capture) & 1));
    quiet_window_close();
    capture->previous = 0;
    vospi_reader_resynced(capture->reader);
    return true;
}

/* Waits for a VSYNC, and reports when none comes. While a pause is wanted, waits no longer than the pause may. */
static VospiWake await_vsync(VospiCapture *capture, VospiPulse *pulse)
{
    bool pausing = capture->pause_seen & 1;
    /* A period before the first pulse, and one after the latest. */
    uint64_t waited = capture->pause_pulse ? capture->previous - capture->pause_pulse + 2 * kVospiPeriodMicroseconds : 0;
    VospiWake wake = vospi_bus_await_vsync(capture->bus, pulse, pausing ? kVospiPauseMicroseconds - (uint32_t)waited : kVospiNoVsyncMicroseconds);

    if (wake == kVospiWakeTimeout && !pausing) {
        vospi_reader_no_vsync(capture->reader);
        report(capture);
        quiet_window_open();
    } else if (wake == kVospiWakeVsync)
        quiet_window_close();
    return wake;
}

/*
 * Whether the pulse came one period after the previous one. A longer gap means that the CPU stood still, as while flash is erased. On a
 * platform that takes the time in the interrupt, the time is then late: reading would run across the next VSYNC, which loses sync. The next
 * pulse is trusted. The ESP32's capture unit and the virtual board take the time of the edge: there the rule costs at most a segment.
 */
static bool is_punctual(VospiCapture *capture, const VospiPulse *pulse)
{
    uint64_t previous = capture->previous;
    capture->previous = pulse->microseconds;
    return !previous || pulse->microseconds - previous <= kVospiPeriodMicroseconds + kVospiLateMicroseconds;
}

/* Whether a pause is wanted and begins now: at the end of a frame, when no VSYNC comes, or when a frame would have ended by now. */
static bool pause_begins(VospiCapture *capture, VospiWake wake, const VospiPulse *pulse, bool frame)
{
    uint32_t word = pause_word(capture);

    if (word != capture->pause_seen)
        capture->pause_pulse = 0;
    capture->pause_seen = word;
    if (!(word & 1))
        return false;
    if (wake == kVospiWakeVsync && !capture->pause_pulse)
        capture->pause_pulse = pulse->microseconds;
    return frame || wake == kVospiWakeTimeout ||
           (wake == kVospiWakeVsync && pulse->microseconds - capture->pause_pulse >= kFramePeriods * kVospiPeriodMicroseconds);
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
    while (running(capture)) {
        VospiStep step = {kVospiWait, 0};
        Segment next = {.packets = vospi_bus_buffer(bus, buffer)};
        bool frame = false;
        VospiWake wake = await_vsync(capture, &next.pulse);
        if (wake == kVospiWakeLost)
            return false;
        /* When it is too late for this segment, the next one begins where it should. */
        if (wake == kVospiWakeVsync && is_punctual(capture, &next.pulse) &&
            vospi_bus_begin_read(bus, &next.pulse, next.packets, kVospiSegmentPackets)) {
            if (last.packets)
                step = assemble(capture, &last, &frame);
            if (!vospi_bus_end_read(bus, next.packets, kVospiSegmentPackets))
                return false;
            last = next;
            buffer = (buffer + 1) % kBuffers;
            if (step.next != kVospiResync && !vospi_bus_vsync_waits(bus)) {
                step = assemble(capture, &last, &frame);
                if (!read_more(capture, &last, &step, &frame))
                    return false;
                last.packets = NULL;
            }
        }
        if (pause_begins(capture, wake, &next.pulse, frame) || step.next == kVospiResync) {
            last.packets = NULL;
            if (!resync(capture))
                return false;
        } else if (wake == kVospiWakeVsync && !vospi_bus_vsync_waits(bus))
            vospi_bus_quiet(bus, &next.pulse);
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
            bool kept = capture_run(capture);
            quiet_window_open();
            if (!kept)
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

/* XS thread, the only writer. */
static void set_pause(VospiCapture *capture, bool wanted)
{
    uint32_t word = pause_word(capture);

    if ((word & 1) != wanted)
        atomic_store_explicit(&capture->pause, word + 1, memory_order_release);
    vospi_bus_wake(capture->bus);
}

void vospi_capture_pause(VospiCapture *capture)
{
    set_pause(capture, true);
}

void vospi_capture_resume(VospiCapture *capture)
{
    set_pause(capture, false);
}

bool vospi_capture_is_paused(const VospiCapture *capture)
{
    uint32_t word = pause_word(capture);
    return (word & 1) && atomic_load_explicit(&capture->paused, memory_order_acquire) == word;
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
