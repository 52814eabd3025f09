/* SPDX-License-Identifier: Apache-2.0 */

/* Capture (drivers/vospi/native/vospi-capture.c) over the ESP32's bus (esp32/vospi-bus.c): a model of the sensor on a fake controller. */

#include "../harness.h"

#include <stdbool.h>
#include <string.h>

#include "../../../drivers/vospi/esp32/pulse-timer.h"
#include "../sensor-model.h"
#include "fake-chip.h"
#include "fake-flash.h"
#include "fake-mcpwm.h"
#include "fake-spi.h"
#include "fake-tasks.h"
#include "fake-timer.h"
#include "slot-pages.h"
#include "vospi-capture.h"

enum { kSlots = 3, kBusPackets = 128, kHz = 16000000 };

static SensorModel model;
static VospiReader reader;
static VospiSlots slots;
static VospiStatistics statistics;
static VospiFrame frames[kSlots];
static uint8_t bus[kBusPackets * kVospiPacketBytes];
static VospiCapture capture;
static bool is_open;
static uint32_t events;
static char error[128];

static void note(xsMachine *the, void *refcon, uint32_t bits)
{
    (void)the;
    if (refcon == &reader)
        events |= bits;
}

static void close_capture(void)
{
    if (is_open)
        vospi_capture_close(&capture);
    is_open = false;
    fake_run_timers();
    fake_deliver();
    fake_run_tasks();
}

static bool open_capture(int hz, int actual_khz)
{
    const VospiPins pins = {.clock = 5, .in = 19, .select = 12, .vsync = 13, .port = 1, .hz = hz};

    close_capture(); /* where a test before has failed */
    memset(&statistics, 0, sizeof statistics);
    memset(&slots, 0, sizeof slots);
    fake_spi = (FakeSPI){.actual_khz = actual_khz};
    fake_queue_length = 10;
    fake_on_time = NULL;
    fake_software_time = false;
    fake_latch_readings = 0;
    fake_interrupts(true);
    events = 0;
    model_init(&model);
    vospi_slots_init(&slots, frames, kSlots);
    vospi_reader_init(&reader, &slots, &statistics);
    is_open = vospi_capture_open(&capture, NULL, &pins, &reader, note, &reader, error, sizeof error);
    return is_open;
}

/* Runs until the task waits for the first VSYNC. */
static void start(void)
{
    vospi_capture_start(&capture);
    fake_advance(kVospiResyncMicroseconds + 2000); /* the task counts ticks */
}

static void put_on_bus(void)
{
    model_write(&model, bus);
    for (uint32_t i = kVospiSegmentPackets; i < kBusPackets; i++)
        model_write_discard(bus + i * kVospiPacketBytes);
    fake_spi_bus(bus);
}

static void vsync_edge(void)
{
    put_on_bus();
    fake_edge();
}

/* A period whose VSYNC the task sees `late` microseconds after it. */
static void vsync(int64_t late)
{
    vsync_edge();
    fake_microseconds += late;
    fake_advance(kVospiPeriodMicroseconds - late);
    model_advance(&model, 1);
}

TEST("capture: frames come out as the sensor sent them, one message each")
{
    char text[200];

    EXPECT(open_capture(kHz, 16000), "%s", error);
    start();
    for (int i = 0; i < 3; i++) {
        events = 0;
        for (uint32_t j = 0; j < kVospiSegments + kModelEmptySegments; j++)
            vsync(0);
        EXPECT_EQUAL(fake_deliver(), 1);
        EXPECT_EQUAL(events, kVospiEventFrame);
        VospiFrame *frame = vospi_slots_take(&slots);
        EXPECT(frame, "no frame");
        EXPECT(model_check(frame, text, sizeof text), "%s", text);
        vospi_slots_release(&slots, frame);
    }
    EXPECT_EQUAL(statistics.segmentErrors, 0);
    close_capture();
    EXPECT_EQUAL(fake_spi.devices, 0);
    EXPECT_EQUAL(fake_spi.buses, 0);
    EXPECT(!fake_captures(), "the capture unit is open");
}

TEST("capture: without an interrupt for VSYNC it does not open, and nothing stays open")
{
    close_capture();
    fake_no_interrupt = true;
    EXPECT(!open_capture(kHz, 16000), "opened");
    EXPECT(strstr(error, "VSYNC: "), "%s", error);
    fake_run_tasks();
    EXPECT(!fake_captures(), "the capture unit is open");
    EXPECT_EQUAL(fake_spi.devices, 0);
    EXPECT_EQUAL(fake_spi.buses, 0);
    EXPECT(open_capture(kHz, 16000), "%s", error);
    close_capture();
}

static int readings; /* of the time, until a VSYNC comes in the middle of one */

static void vsync_while_time_is_read(void)
{
    if (readings-- > 0)
        return;
    fake_on_time = NULL;
    model_advance(&model, 1);
    fake_microseconds++;
    vsync_edge();
}

TEST("capture: a VSYNC at any moment while the previous one is handled loses no segment")
{
    EXPECT(open_capture(kHz, 16000), "%s", error);
    start();
    for (int i = 0; i < 8; i++) {
        vsync(0);
        /* The task sees this one when its period is almost over. */
        vsync_edge();
        fake_microseconds += kVospiPeriodMicroseconds - 1;
        readings = i;
        fake_on_time = vsync_while_time_is_read;
        fake_run_tasks();
        int64_t edge = fake_microseconds;
        if (fake_on_time) {
            fake_on_time = NULL;
            break; /* the task reads the time less often */
        }
        fake_advance(kVospiPeriodMicroseconds);
        EXPECT(fake_spi.transfers == 1, "%u transfers, when it came at reading %d", fake_spi.transfers, i);
        EXPECT(fake_spi.began >= edge - 1, "the transfer began before the VSYNC");
        model_advance(&model, 1);
    }
    close_capture();
}

TEST("capture: the controller's actual clock decides whether a segment can still be read")
{
    /* 4.0 ms a segment as asked for, 8.0 ms as it is. */
    EXPECT(open_capture(20000000, 10000), "%s", error);
    start();
    vsync(1000);
    EXPECT_EQUAL(fake_spi.transfers, 1);
    vsync(3000);
    EXPECT_EQUAL(fake_spi.transfers, 0);
    vsync(0);
    EXPECT_EQUAL(fake_spi.transfers, 1);
    close_capture();
}

TEST("capture: a clock too slow for a segment in its period is an error that names the clock")
{
    EXPECT(!open_capture(999, 0), "opened");
    EXPECT(strstr(error, "too slow"), "%s", error);
    EXPECT(!open_capture(8000000, 8000), "opened");
    EXPECT(strstr(error, "8000 kHz"), "%s", error);
    EXPECT_EQUAL(fake_spi.devices, 0);
    EXPECT_EQUAL(fake_spi.buses, 0);
}

TEST("capture: a frame that finds XS's queue full is announced when there is room, without another event")
{
    EXPECT(open_capture(kHz, 16000), "%s", error);
    start();
    fake_queue_length = 0;
    for (uint32_t i = 0; i < kVospiSegments; i++)
        vsync(0);
    fake_queue_length = 10;
    EXPECT_EQUAL(fake_deliver(), 0);
    fake_run_timers();
    EXPECT_EQUAL(fake_deliver(), 1);
    EXPECT_EQUAL(events, kVospiEventFrame);
    close_capture();
}

TEST("capture: closed with a message under way, nothing is announced")
{
    EXPECT(open_capture(kHz, 16000), "%s", error);
    start();
    for (uint32_t i = 0; i < kVospiSegments; i++)
        vsync(0);
    vospi_capture_close(&capture);
    is_open = false;
    EXPECT_EQUAL(fake_deliver(), 1);
    EXPECT_EQUAL(events, 0);
}

TEST("capture: an event of a run that was stopped is not announced in the next")
{
    EXPECT(open_capture(kHz, 16000), "%s", error);
    start();
    for (uint32_t i = 0; i < kVospiSegments; i++)
        vsync(0);
    vospi_capture_stop(&capture);
    start();
    fake_deliver();
    EXPECT_EQUAL(events, 0);
    close_capture();
}

TEST("capture: a missing VSYNC is announced every half second")
{
    EXPECT(open_capture(kHz, 16000), "%s", error);
    start();
    for (int i = 0; i < 3; i++) {
        fake_advance(kVospiNoVsyncMicroseconds + 1000);
        EXPECT_EQUAL(fake_deliver(), 1);
        EXPECT_EQUAL(events, kVospiEventNoVsync);
        events = 0;
    }
    close_capture();
}

TEST("capture: a late interrupt does not make the time of VSYNC late")
{
    EXPECT(open_capture(kHz, 16000), "%s", error);
    start();
    vsync(0);
    vsync_edge();
    fake_interrupts(false);
    fake_microseconds += 5000;
    fake_interrupts(true);
    fake_advance(kVospiPeriodMicroseconds - 5000);
    EXPECT(fake_spi.transfers == 0, "a transfer across the next VSYNC");
    model_advance(&model, 1);
    vsync(0);
    EXPECT_EQUAL(fake_spi.transfers, 1);
    /* 3 ms late it can still be read. */
    vsync_edge();
    fake_interrupts(false);
    fake_microseconds += 3000;
    fake_interrupts(true);
    fake_advance(kVospiPeriodMicroseconds - 3000);
    EXPECT_EQUAL(fake_spi.transfers, 1);
    close_capture();
}

TEST("capture: a VSYNC is read although the timer overflows between its edge and its handling")
{
    const uint64_t overflow = 1ULL << 32; /* ticks of 1/80 us: 53.7 s */

    EXPECT(open_capture(kHz, 16000), "%s", error);
    int64_t edge = (int64_t)(((uint64_t)fake_microseconds * 80 / overflow + 2) * overflow / 80) - 500;
    fake_microseconds = edge - 2 * kVospiPeriodMicroseconds - kVospiResyncMicroseconds - 2000;
    start();
    vsync(0);
    vsync(0);
    EXPECT(fake_microseconds == edge, "%d us from the edge", (int)(fake_microseconds - edge));
    for (int i = 0; i < 3; i++) {
        vsync(1000);
        EXPECT_EQUAL(fake_spi.transfers, 1);
    }
    close_capture();
}

TEST("capture: a capture by software that shows late in the register does not make the time an old one")
{
    EXPECT(open_capture(kHz, 16000), "%s", error);
    for (uint32_t readings = 1; readings <= 10; readings += 3) {
        fake_latch_readings = readings;
        start();
        for (int i = 0; i < 3; i++) {
            vsync(1000);
            EXPECT(fake_spi.transfers == 1, "%u transfers, shown after %u readings", fake_spi.transfers, readings);
            vsync(5000);
            EXPECT(fake_spi.transfers == 0, "a transfer across the next VSYNC, shown after %u readings", readings);
        }
        vospi_capture_stop(&capture);
        fake_run_tasks();
    }
    close_capture();
}

TEST("capture: the capture unit is opened once")
{
    PulseTimer second = {.on_pulse = NULL};

    EXPECT(open_capture(kHz, 16000), "%s", error);
    EXPECT_EQUAL(pulse_timer_open(&second, 13), ESP_ERR_INVALID_STATE);
    pulse_timer_close(&second);
    start();
    vsync(0);
    EXPECT_EQUAL(fake_spi.transfers, 1);
    close_capture();
}

/*
 * A part that loses sync when a transfer runs across a VSYNC, and by the letter of the datasheet also when a segment is not read. Out of
 * sync it sends discards, until the bus was idle for 185 ms.
 */
typedef struct Part {
    bool strict;
    bool lost;
    uint32_t losses;
    uint32_t frames; /* delivered */
    uint32_t latest; /* number of the latest */
    bool sending;
} Part;

static Part part;

/* VSYNC. */
static void part_edge(void)
{
    bool across = fake_spi.transfers && fake_spi.ended > fake_microseconds, whole = fake_spi.offset >= kVospiSegmentBytes;

    if (part.sending && !part.lost && (across || (part.strict && !whole))) {
        part.lost = true;
        part.losses++;
    }
    if (fake_microseconds - fake_spi.ended >= 185000)
        part.lost = false;
    part.sending = true;
    model_advance(&model, 1);
    put_on_bus();
    for (uint32_t i = 0; part.lost && i < kBusPackets; i++)
        model_write_discard(bus + i * kVospiPacketBytes);
    fake_edge();
}

/* XS: takes and checks a frame if one is there. */
static void part_take(void)
{
    char text[200];

    fake_deliver();
    VospiFrame *frame = vospi_slots_take(&slots);
    if (!frame)
        return;
    EXPECT(model_check(frame, text, sizeof text), "%s", text);
    uint32_t number = vospi_word(frame->telemetry, kVospiTelemetryFrame);
    EXPECT(number > part.latest, "frame %u after %u", number, part.latest);
    part.latest = number;
    part.frames++;
    vospi_slots_release(&slots, frame);
}

static void part_periods(uint32_t count)
{
    while (count--) {
        part_edge();
        fake_advance(kVospiPeriodMicroseconds);
        part_take();
    }
}

/* Both cores stop `offset` after a VSYNC, as while flash is erased: no interrupt, no task. DMA goes on. */
static void part_stop(int64_t offset, int64_t microseconds)
{
    part_edge();
    fake_advance(offset);
    fake_interrupts(false);
    for (; offset + microseconds >= kVospiPeriodMicroseconds; offset = 0) {
        fake_microseconds += kVospiPeriodMicroseconds - offset;
        microseconds -= kVospiPeriodMicroseconds - offset;
        part_edge();
    }
    fake_microseconds += microseconds;
    fake_interrupts(true);
    fake_advance(kVospiPeriodMicroseconds - offset - microseconds);
    part_take();
}

enum { kPeriods = kVospiSegments + kModelEmptySegments };

static void part_open(bool strict, bool software_time)
{
    EXPECT(open_capture(kHz, 16000), "%s", error);
    part = (Part){.strict = strict};
    fake_software_time = software_time;
    vospi_capture_start(&capture);
    part_periods(20 + 2 * kPeriods);
    EXPECT(part.frames > 0, "no frame");
}

/* A sector is erased at any moment of any period of a frame. */
static void erase_sectors(bool strict, bool software_time)
{
    enum { kEraseMicroseconds = 45000, kSteps = 500 };
    uint32_t stops = 0;

    part_open(strict, software_time);
    uint32_t before = part.losses;
    for (int64_t offset = 0; offset < kVospiPeriodMicroseconds; offset += kSteps) {
        part_periods(5 * kPeriods + 7);
        uint32_t frames = part.frames;
        part_stop(offset, kEraseMicroseconds);
        stops++;
        part_periods(4 * kPeriods);
        EXPECT(part.frames > frames, "no frame after an erase at %u us", (unsigned)offset);
    }
    uint32_t losses = part.losses - before;
    printf("    %u stops, %u sync losses\n", stops, losses);
    EXPECT(losses == (strict ? stops : 0), "%u sync losses in %u stops", losses, stops);
    EXPECT_EQUAL(events & (kVospiEventNoSync | kVospiEventNoVsync | kVospiEventNoSegments), 0);
    close_capture();
}

TEST("capture: 45 ms without CPU cost a tolerant part no sync") { erase_sectors(false, false); }
TEST("capture: 45 ms without CPU cost a strict part one resync") { erase_sectors(true, false); }
TEST("capture: with times taken late, 45 ms without CPU cost a tolerant part no sync") { erase_sectors(false, true); }
TEST("capture: with times taken late, 45 ms without CPU cost a strict part one resync") { erase_sectors(true, true); }

static void pause_capture(void)
{
    events = 0;
    vospi_capture_pause(&capture);
    fake_run_tasks();
}

TEST("capture: a pause begins at the end of a frame and costs two frames, no sync, and no counter")
{
    for (int strict = 0; strict < 2; strict++) {
        for (uint32_t phase = 0; phase < kPeriods; phase++) {
            part_open(strict, false);
            part_periods(phase);
            uint32_t frames = part.frames, losses = part.losses;
            int64_t asked = fake_microseconds;
            pause_capture();
            while (!vospi_capture_is_paused(&capture))
                part_periods(1);
            EXPECT(fake_microseconds - asked <= kVospiPauseMicroseconds, "%u us", (unsigned)(fake_microseconds - asked));
            EXPECT(events & kVospiEventPaused, "not announced");
            EXPECT_EQUAL(part.frames, frames + 1);
            EXPECT_EQUAL(model_number(&model), 4); /* the segment that ended the frame was the last to be read */
            /* The erase of a block, from the end of the transfer on. */
            uint32_t latest = part.latest;
            part_stop(0, 250000);
            EXPECT_EQUAL(fake_spi.transfers, 0);
            EXPECT_EQUAL(part.frames, frames + 1);
            vospi_capture_resume(&capture);
            EXPECT(!vospi_capture_is_paused(&capture), "paused after resume");
            while (part.frames == frames + 1)
                part_periods(1);
            EXPECT(part.latest - latest == 3, "%u frames lost", part.latest - latest - 1);
            part_periods(3 * kPeriods);
            EXPECT_EQUAL(part.frames, frames + 5);
            EXPECT(strict || part.losses == losses, "sync lost"); /* a strict part loses it in the pause, and the resync restores it */
            EXPECT_EQUAL(statistics.resyncs, 0);
            EXPECT_EQUAL(statistics.rejectedFrames, 0);
            EXPECT_EQUAL(statistics.brokenSegments, 0);
            EXPECT_EQUAL(events & ~(uint32_t)(kVospiEventFrame | kVospiEventPaused), 0);
            close_capture();
        }
    }
}

TEST("capture: without a frame or without VSYNC a pause begins within 140 ms")
{
    part_open(false, false);
    model.frozen = true;
    part_periods(kPeriods);
    uint32_t frames = part.frames;
    int64_t asked = fake_microseconds;
    pause_capture();
    while (!vospi_capture_is_paused(&capture))
        part_periods(1);
    EXPECT(fake_microseconds - asked <= kVospiPauseMicroseconds, "%u us", (unsigned)(fake_microseconds - asked));
    EXPECT_EQUAL(part.frames, frames);
    vospi_capture_resume(&capture);
    part_periods(3 * kPeriods);

    /* VSYNC stops before the request, and after it. */
    for (uint32_t periods = 0; periods < kPeriods; periods++) {
        asked = fake_microseconds;
        pause_capture();
        part_periods(periods);
        while (!vospi_capture_is_paused(&capture))
            fake_advance(1000);
        EXPECT(fake_microseconds - asked <= kVospiPauseMicroseconds + 1000, "%u us after %u periods", (unsigned)(fake_microseconds - asked), periods);
        fake_deliver();
        EXPECT_EQUAL(events, kVospiEventPaused);
        vospi_capture_resume(&capture);
        part_periods(3 * kPeriods);
    }
    model.frozen = false;
    part_periods(2 * kPeriods);
    EXPECT(part.frames > frames, "no frame");
    EXPECT_EQUAL(statistics.resyncs, 0);
    close_capture();
}

TEST("capture: a long pause is no stall")
{
    part_open(false, false);
    pause_capture();
    part_periods(2 * kVospiNoSegmentsMicroseconds / kVospiPeriodMicroseconds);
    vospi_capture_resume(&capture);
    part_periods(5 * kPeriods);
    EXPECT_EQUAL(events, kVospiEventFrame | kVospiEventPaused);
    close_capture();
}

TEST("capture: a stall is reported although pauses come between")
{
    part_open(false, false);
    model.frozen = true;
    events = 0;
    for (uint32_t i = 0; i < 30; i++) { /* 400 ms each, 200 of them a pause */
        part_periods(kPeriods);
        vospi_capture_pause(&capture);
        part_periods(2 * kPeriods);
        EXPECT(vospi_capture_is_paused(&capture), "no pause");
        vospi_capture_resume(&capture);
        part_periods(2 * kPeriods);
    }
    EXPECT(events & kVospiEventNoSegments, "no stall");
    close_capture();
}

TEST("capture: a pause during a resync begins at once")
{
    part_open(false, false);
    vospi_capture_stop(&capture);
    fake_run_tasks();
    vospi_capture_start(&capture);
    fake_advance(50000);
    pause_capture();
    EXPECT(vospi_capture_is_paused(&capture), "not paused");
    vospi_capture_resume(&capture);
    part_periods(4 * kPeriods);
    EXPECT(events & kVospiEventFrame, "no frame");
    close_capture();
}

TEST("capture: resumed before a pause began, capture goes on; the next pause is announced for itself")
{
    part_open(false, false);
    part_periods(1);
    uint32_t latest = part.latest;
    pause_capture();
    part_periods(1);
    vospi_capture_resume(&capture);
    part_periods(kPeriods);
    EXPECT_EQUAL(part.latest, latest + 1);
    EXPECT_EQUAL(events, kVospiEventFrame);
    vospi_capture_pause(&capture);
    vospi_capture_resume(&capture);
    vospi_capture_pause(&capture);
    EXPECT(!vospi_capture_is_paused(&capture), "paused before it began");
    part_periods(kPeriods);
    EXPECT(vospi_capture_is_paused(&capture), "not paused");
    /* Stopped, started and closed in a pause. */
    vospi_capture_stop(&capture);
    fake_run_tasks();
    vospi_capture_start(&capture);
    part_periods(4 * kPeriods);
    EXPECT_EQUAL(fake_spi.transfers, 0);
    close_capture();
    EXPECT(!fake_captures(), "the capture unit is open");
}

/* The update's slot beside capture. */

enum { kBlockBytes = 65536, kChunkBytes = 8192 };

static SlotPort *port;
static int64_t next_edge; /* 0: no VSYNC */
static uint32_t stops_across;
static struct {
    uint32_t offset, length;
    const uint8_t *bytes; /* NULL: erase */
    const char *problem;
    bool done;
} job;

static void slot_edge(void)
{
    next_edge += kVospiPeriodMicroseconds;
    part_edge();
}

static void stop_cores(int64_t microseconds)
{
    int64_t end = fake_microseconds + microseconds;

    fake_interrupts(false);
    while (next_edge && next_edge <= end) {
        fake_microseconds = next_edge;
        stops_across++;
        slot_edge();
    }
    fake_microseconds = end;
    fake_interrupts(true);
}

static void slot_work(void *refcon)
{
    (void)refcon;
    job.problem = job.bytes ? slot_write_pages(port, job.offset, job.bytes, job.length) : slot_port_erase(port, job.offset, job.length);
}

static void slot_done(xsMachine *the, void *refcon)
{
    (void)the, (void)refcon;
    job.done = true;
}

static void slot_open(void)
{
    const SlotJobs jobs = {.work = slot_work, .done = slot_done};

    fake_on_stop = stop_cores;
    port = slot_port_open(NULL, &jobs, error, sizeof error);
    EXPECT(port, "%s", error);
    EXPECT_EQUAL(slot_port_size(port), kFakeFlashBytes);
}

static void slot_close(void)
{
    slot_port_close(port);
    fake_deliver();
    fake_run_tasks();
    fake_on_stop = NULL;
    next_edge = 0;
}

static void slot_begin(uint32_t offset, const uint8_t *bytes, uint32_t length)
{
    job.offset = offset;
    job.length = length;
    job.bytes = bytes;
    job.done = false;
    EXPECT(slot_port_start(port), "not started");
}

static void slot_period(void)
{
    fake_advance(next_edge - fake_microseconds);
    if (fake_microseconds >= next_edge)
        slot_edge();
    fake_run_tasks();
    part_take();
}

static void slot_run(uint32_t offset, const uint8_t *bytes, uint32_t length)
{
    slot_begin(offset, bytes, length);
    for (int i = 0; i < 1000 && !job.done; i++)
        slot_period();
    EXPECT(job.done, "not done");
    EXPECT(!job.problem, "%s", job.problem);
}

static uint8_t content[kFakeFlashBytes];

TEST("slot: erased in pauses and written in quiet windows, flash costs two frames a block, and no other sync")
{
    for (int strict = 0; strict < 2; strict++) {
        part_open(strict, false);
        slot_open();
        memset(fake_flash, 0, sizeof fake_flash);
        for (uint32_t i = 0; i < sizeof content; i++)
            content[i] = (uint8_t)(i * 7 + (i >> 8));
        next_edge = fake_microseconds;
        slot_edge();
        uint32_t first = part.latest, frames = part.frames, losses = part.losses;
        for (uint32_t offset = 0; offset < sizeof content; offset += kChunkBytes) {
            bool erase = offset % kBlockBytes == 0;
            if (erase) {
                vospi_capture_pause(&capture);
                while (!vospi_capture_is_paused(&capture))
                    slot_period();
                slot_run(offset, NULL, kBlockBytes);
            }
            stops_across = 0;
            slot_run(offset, content + offset, kChunkBytes);
            if (erase) {
                vospi_capture_resume(&capture);
                fake_run_tasks();
            } else
                EXPECT_EQUAL(stops_across, 0);
        }
        for (uint32_t i = 0; i < 3 * kPeriods; i++)
            slot_period();
        EXPECT(!memcmp(fake_flash, content, sizeof content), "other content");
        EXPECT_EQUAL(part.latest - first - (part.frames - frames), 4);
        EXPECT(strict || part.losses == losses, "sync lost"); /* a strict part loses it in the pauses */
        EXPECT_EQUAL(statistics.resyncs, 0);
        EXPECT_EQUAL(statistics.brokenSegments, 0);
        slot_close();
        close_capture();
    }
}

TEST("slot: without a running capture, and without VSYNC, writes are not held up")
{
    EXPECT(open_capture(kHz, 16000), "%s", error);
    slot_open();
    slot_begin(0, NULL, kBlockBytes);
    fake_run_tasks();
    fake_deliver();
    EXPECT(job.done, "not erased");
    slot_begin(0, content, kChunkBytes);
    fake_run_tasks();
    fake_deliver();
    EXPECT(job.done, "not written");
    vospi_capture_start(&capture);
    slot_begin(kChunkBytes, content, kChunkBytes);
    fake_advance(kVospiResyncMicroseconds + kVospiNoVsyncMicroseconds + 50000);
    fake_deliver();
    EXPECT(job.done, "not written without VSYNC");
    slot_close();
    close_capture();
}

TEST("slot: bytes that flash does not hold are reported")
{
    slot_open();
    slot_begin(0, NULL, kBlockBytes);
    fake_run_tasks();
    fake_deliver();
    fake_worn = true;
    slot_begin(100, content, kChunkBytes);
    fake_run_tasks();
    fake_deliver();
    EXPECT(job.done && job.problem && strstr(job.problem, "not hold"), "%s", job.problem ? job.problem : "no problem");
    slot_close();
}

TEST("slot: closed while it waits for a quiet window, the task ends and nothing is reported")
{
    size_t tasks = fake_task_count();

    part_open(false, false);
    slot_open();
    next_edge = fake_microseconds;
    slot_edge();
    fake_advance(1000); /* a transfer is under way */
    slot_begin(0, content, kChunkBytes);
    fake_run_tasks();
    EXPECT(!job.done, "done");
    slot_close();
    EXPECT(!job.done, "reported");
    close_capture();
    EXPECT_EQUAL(fake_task_count(), tasks);
}
