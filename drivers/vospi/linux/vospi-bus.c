/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The video bus of the virtual board: the channel `spi` of docs/board-link.md. The capture thread is a coroutine of the event loop.
 * When the link is lost the program ends by other means.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board-connection.h"
#include "coroutine.h"
#include "lock-step.h"
#include "quiet-window.h"
#include "runner.h"
#include "vospi-bus.h"
#include "vospi-memory.h"
#include "vospi-tap.h"

enum {
    kBuffers = 2,
    kVsyncBytes = 12,
    kWordBytes = 4,
    kMomentMicroseconds = 1000,
    kMarginMicroseconds = 300, /* of a period, as on the ESP32 */
};

struct VospiBus {
    VospiCapture *capture;
    int hz;
    Coroutine *coroutine;
    RunnerNotifier *notifier;
    RunnerTimer *timer;
    BoardConnection *connection;
    bool lost;
    bool requested; /* vospi_bus_wake() was called */
    bool timed_out;
    bool awaiting_vsync;
    bool overdue; /* the timeout is over */
    uint64_t awaiting_since;
    uint32_t timeout; /* microseconds */
    uint64_t idle_since; /* end of the last transfer, or start of the run */
    bool late;      /* a VSYNC came while the bus was busy; it counts now */
    bool in_period; /* a VSYNC was seen whose end the board waits for */
    bool read;      /* the packets are in the buffer */
    size_t segment; /* bytes that came with the VSYNC, at the start of the input behind its head */
    uint64_t pulse; /* board microseconds of the latest VSYNC */
    uint32_t tapped; /* sequence of the newest frame that the tap got */
    _Alignas(4) uint8_t buffers[kBuffers][kVospiSegmentBytes];
};

static void drop_message(VospiBus *bus, size_t payload)
{
    board_drop(bus->connection, kBoardHeaderBytes + payload);
}

static bool send_message(VospiBus *bus, char type, const void *payload, size_t length)
{
    bus->lost = bus->lost || board_send(bus->connection, (uint8_t)type, payload, length, NULL, 0) != kBoardOk;
    return !bus->lost;
}

/* The type of the whole message at the start of the input; 0: no whole message. A VSYNC is noted, and stays in the input if it has a segment. */
static char next_message(VospiBus *bus, BoardHeader *header, const uint8_t **payload)
{
    BoardParse parse = bus->lost ? kBoardIncomplete : board_message(bus->connection, header, payload);
    if (parse == kBoardComplete && header->type == 'V' && header->length >= kVsyncBytes) {
        bus->pulse = board_read64(*payload);
        bus->segment = header->length - kVsyncBytes;
        if (!bus->segment)
            drop_message(bus, header->length);
        return 'V';
    }
    bus->lost = bus->lost || parse == kBoardInvalid || (parse == kBoardComplete && header->type == 'V');
    return parse == kBoardComplete && !bus->lost ? (char)header->type : 0;
}

static void drop_segment(VospiBus *bus)
{
    if (bus->segment)
        drop_message(bus, kVsyncBytes + bus->segment);
    bus->segment = 0;
}

/* Waits for the answer `type` with `size` bytes. A VSYNC that comes first belongs to the time after it. */
static bool await_answer(VospiBus *bus, char type, uint8_t *bytes, size_t size)
{
    BoardHeader header;
    const uint8_t *payload;

    drop_segment(bus);
    while (!bus->lost) {
        char received = next_message(bus, &header, &payload);
        if (received == 'V') {
            bus->late = true;
            drop_segment(bus);
        } else if (received == type && header.length == size) {
            if (size)
                memcpy(bytes, payload, size);
            drop_message(bus, size);
            return true;
        } else if (received)
            bus->lost = true;
        else
            coroutine_pause(bus->coroutine);
    }
    return false;
}

/* Whether `count` packets can be read by the next VSYNC. Otherwise the board waits for the program. */
static bool in_time(const VospiBus *bus, const VospiPulse *pulse, uint32_t count)
{
    uint64_t needed = (uint64_t)count * kVospiPacketBytes * 8 * 1000000 / (uint32_t)bus->hz + kMarginMicroseconds;
    return !lock_step_active() || runner_microseconds() + needed <= lock_step_since_opening(pulse->microseconds) + kVospiPeriodMicroseconds;
}

/* A segment that came with its VSYNC was read by the board; anything else is read in vospi_bus_end_read(). */
bool vospi_bus_begin_read(VospiBus *bus, const VospiPulse *pulse, uint8_t *packets, uint32_t count)
{
    size_t length, size = count * kVospiPacketBytes;

    bus->read = bus->segment == size;
    if (!bus->read && !in_time(bus, pulse, count)) {
        drop_segment(bus);
        return false;
    }
    if (bus->read)
        memcpy(packets, board_input(bus->connection, &length) + kBoardHeaderBytes + kVsyncBytes, size);
    drop_segment(bus);
    return true;
}

bool vospi_bus_end_read(VospiBus *bus, uint8_t *packets, uint32_t count)
{
    uint8_t request[kWordBytes + 1] = {0};
    size_t length = count * kVospiPacketBytes;

    if (!bus->read) {
        board_write32(request, (uint32_t)length);
        if (!send_message(bus, 'T', request, sizeof request) || !await_answer(bus, 'D', packets, length))
            return false;
    }
    bus->read = false;
    bus->idle_since = runner_microseconds();
    return true;
}

/* With a clock of its own the board's flash does not stop the program. */
void vospi_bus_quiet(VospiBus *bus, const VospiPulse *pulse)
{
    (void)bus;
    if (lock_step_active())
        quiet_window_open_until(lock_step_since_opening(pulse->microseconds) + kVospiQuietMicroseconds);
    else
        quiet_window_open();
}

uint8_t *vospi_bus_buffer(VospiBus *bus, uint32_t index)
{
    return bus->buffers[index];
}

/* The board counts from the request. Only in lock-step are the program's microseconds the board's. */
bool vospi_bus_idle(VospiBus *bus, uint32_t microseconds)
{
    uint8_t request[kWordBytes];
    uint64_t idle = lock_step_active() ? runner_microseconds() - bus->idle_since : 0;

    microseconds -= idle < microseconds ? (uint32_t)idle : microseconds;
    board_write32(request, microseconds);
    if (!send_message(bus, 'I', request, sizeof request) || !await_answer(bus, 'K', NULL, 0))
        return false;
    bus->in_period = false;
    bus->late = false;
    return true;
}

/* Ends the period: the board's clock continues, if it is not the program's. */
static bool end_period(VospiBus *bus)
{
    if (!bus->in_period || lock_step_active())
        return !bus->lost;
    bus->in_period = false;
    return send_message(bus, 'E', NULL, 0);
}

/* Waits for a VSYNC, a request or, unless it is 0, the timeout. */
static VospiWake await_event(VospiBus *bus, uint32_t timeout)
{
    BoardHeader header;
    const uint8_t *payload;

    bus->timed_out = bus->overdue = false;
    bus->awaiting_vsync = timeout > 0;
    bus->awaiting_since = runner_microseconds();
    bus->timeout = timeout ? timeout : kVospiNoVsyncMicroseconds;
    if (bus->timeout < kVospiNoVsyncMicroseconds)
        runner_timer_set(bus->timer, bus->awaiting_since + bus->timeout);
    while (!bus->lost) {
        char received = bus->requested ? 0 : next_message(bus, &header, &payload);
        if (bus->requested || received || (timeout && bus->timed_out)) {
            bus->awaiting_vsync = false;
            if (bus->requested) {
                bus->requested = false;
                return kVospiWakeRequest;
            }
            if (received)
                return received == 'V' ? kVospiWakeVsync : kVospiWakeLost;
            return kVospiWakeTimeout;
        }
        coroutine_pause(bus->coroutine);
    }
    return kVospiWakeLost;
}

static uint64_t captured_milliseconds(const VospiBus *bus)
{
    return (lock_step_active() ? lock_step_since_opening(bus->pulse) : runner_microseconds()) / 1000;
}

VospiWake vospi_bus_await_vsync(VospiBus *bus, VospiPulse *pulse, uint32_t microseconds)
{
    drop_segment(bus);
    if (!end_period(bus))
        return kVospiWakeLost;
    VospiWake wake = bus->late ? kVospiWakeVsync : await_event(bus, microseconds);
    bus->late = false;
    if (wake == kVospiWakeVsync) {
        bus->in_period = true;
        *pulse = (VospiPulse){.microseconds = bus->pulse, .captured = captured_milliseconds(bus)};
    }
    return wake;
}

/* Segments are assembled as they come: board time stands still meanwhile. */
bool vospi_bus_vsync_waits(const VospiBus *bus)
{
    (void)bus;
    return false;
}

/* A VSYNC that was on its way when the run ended is dropped. */
bool vospi_bus_sleep(VospiBus *bus)
{
    VospiWake wake = await_event(bus, 0);
    drop_segment(bus);
    return wake != kVospiWakeLost;
}

/* In lock-step the board reads each segment by itself, as the DMA of the ESP32 does, and sends it with its VSYNC. */
bool vospi_bus_start(VospiBus *bus)
{
    uint8_t bytes[kWordBytes];

    bus->late = false;
    bus->idle_since = runner_microseconds();
    board_write32(bytes, kVospiSegmentBytes);
    return send_message(bus, 'A', bytes, lock_step_active() ? sizeof bytes : 0);
}

bool vospi_bus_stop(VospiBus *bus)
{
    return end_period(bus) && send_message(bus, 'Z', NULL, 0);
}

/* The pause's own start of capture is no start of the bus's idle time. */
bool vospi_bus_hold(VospiBus *bus)
{
    uint64_t since = bus->idle_since;
    bool kept = vospi_bus_stop(bus) && vospi_bus_sleep(bus) && vospi_bus_start(bus);
    bus->idle_since = since;
    return kept;
}

static void resume(VospiBus *bus)
{
    if (!coroutine_ended(bus->coroutine))
        coroutine_resume(bus->coroutine);
}

void vospi_bus_wake(VospiBus *bus)
{
    bus->requested = true;
    resume(bus);
}

void vospi_bus_notify(VospiBus *bus)
{
    runner_notifier_post(bus->notifier);
}

static struct {
    VospiTap tap;
    void *refcon;
} gTap;

void vospi_tap(VospiTap tap, void *refcon)
{
    gTap.tap = tap;
    gTap.refcon = refcon;
}

/* Capture is a coroutine of this thread: no slot changes meanwhile. */
static void offer_to_tap(VospiBus *bus)
{
    const VospiSlots *slots = bus->capture->reader->slots;

    if (!gTap.tap || slots->published == bus->tapped)
        return;
    bus->tapped = slots->published;
    for (uint32_t i = 0; i < slots->count; i++)
        if (slots->frames[i].sequence == slots->published)
            (*gTap.tap)(gTap.refcon, &slots->frames[i]);
}

static void on_posted(xsMachine *the, void *refcon)
{
    VospiBus *bus = refcon;
    offer_to_tap(bus);
    vospi_capture_deliver(the, bus->capture);
}

static void on_input(xsMachine *the, int events, void *refcon)
{
    VospiBus *bus = refcon;
    (void)the, (void)events;
    bus->lost = board_receive(bus->connection) != kBoardOk;
    if (bus->lost || coroutine_ended(bus->coroutine))
        board_watch(the, bus->connection, 0, on_input, bus);
    resume(bus);
}

/*
 * One timer serves all waits: it looks again when the wait that it was set for is over. After the timeout it gives VSYNCs a moment that
 * came while the program stood still, and wait behind this call.
 */
static void on_timer(xsMachine *the, void *refcon)
{
    VospiBus *bus = refcon;
    uint64_t now = runner_microseconds(), end = bus->awaiting_vsync ? bus->awaiting_since + bus->timeout : now + kVospiNoVsyncMicroseconds;
    (void)the;
    if (now >= end && !bus->overdue) {
        bus->overdue = true;
        end = now + kMomentMicroseconds;
    } else if (now >= end) {
        bus->timed_out = true;
        resume(bus);
        end = now + kVospiNoVsyncMicroseconds;
    }
    runner_timer_set(bus->timer, end);
}

static void capture(void *refcon)
{
    VospiBus *bus = refcon;
    vospi_capture_loop(bus->capture);
}

static void free_parts(VospiBus *bus)
{
    runner_timer_free(bus->timer);
    runner_notifier_free(bus->notifier);
    coroutine_free(bus->coroutine);
    board_close(bus->connection);
    free(bus);
}

bool vospi_bus_open(xsMachine *the, const VospiPins *pins, VospiCapture *vospi, char *error, size_t size)
{
    char opening[160], answer[kBoardLineMaximum];
    VospiBus *bus = calloc(1, sizeof(VospiBus));

    if (!bus) {
        snprintf(error, size, "no memory");
        return false;
    }
    bus->capture = vospi;
    bus->hz = pins->hz;
    vospi->bus = bus;
    snprintf(opening, sizeof opening, "{\"open\":\"spi\",\"clock\":%d,\"in\":%d,\"select\":%d,\"vsync\":%d,\"hz\":%d,\"mode\":3}", pins->clock, pins->in,
             pins->select, pins->vsync, pins->hz);
    bus->connection = board_open(opening, answer, error, size);
    if (!bus->connection) {
        free_parts(bus);
        return false;
    }
    bus->coroutine = coroutine_new(capture, bus);
    bus->notifier = runner_notifier_new(the, on_posted, bus);
    bus->timer = runner_timer_new(the, on_timer, bus);
    if (!bus->coroutine || !bus->notifier || !bus->timer || !board_watch(the, bus->connection, kRunnerReadable, on_input, bus)) {
        snprintf(error, size, "no memory");
        free_parts(bus);
        return false;
    }
    runner_timer_set(bus->timer, runner_microseconds() + kVospiNoVsyncMicroseconds);
    return true;
}

void vospi_bus_close(VospiBus *bus)
{
    bus->lost = true;
    vospi_capture_end(bus->capture);
    free_parts(bus);
}

void *vospi_allocate(size_t bytes)
{
    return calloc(1, bytes);
}

void *vospi_allocate_atomic(size_t bytes)
{
    return calloc(1, bytes);
}

void vospi_free(void *memory)
{
    free(memory);
}
