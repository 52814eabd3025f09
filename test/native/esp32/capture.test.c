/* SPDX-License-Identifier: Apache-2.0 */

/* Capture (drivers/vospi/native/vospi-capture.c) over the ESP32's bus (esp32/vospi-bus.c): a model of the sensor on a fake controller. */

#include "../harness.h"

#include <stdbool.h>
#include <string.h>

#include "../sensor-model.h"
#include "fake-chip.h"
#include "fake-spi.h"
#include "fake-tasks.h"
#include "fake-timer.h"
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
