/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"
#include "sensor-model.h"
#include "vospi-assembler.h"

#include <string.h>

/* The assembler alone, packet by packet: what a reader would not let it come to, or what shows only in its counters. */

static SensorModel model;
static VospiStatistics statistics;
static VospiAssembler assembler;
static VospiFrame frame;
static _Alignas(4) uint8_t stream[kVospiSegmentBytes];

static uint8_t *packet_at(uint32_t number)
{
    return stream + number * kVospiPacketBytes;
}

static VospiPacketKind take(uint32_t number)
{
    return vospi_assembler_packet(&assembler, packet_at(number));
}

/* The first VSYNC of a new assembler, and the sensor's first segment in `stream`. */
static void begin(void)
{
    memset(&statistics, 0, sizeof statistics);
    model_init(&model);
    vospi_assembler_init(&assembler, &statistics);
    assembler.frame = &frame;
    vospi_assembler_vsync(&assembler, model.microseconds);
    model_write(&model, stream);
}

/* The next VSYNC, `late` microseconds after it is due. */
static void next(uint32_t late)
{
    model_advance(&model, 1);
    model.microseconds += late;
    vospi_assembler_vsync(&assembler, model.microseconds);
    model_write(&model, stream);
}

static void take_all(void)
{
    for (uint32_t number = 0; number < kVospiSegmentPackets; number++)
        take(number);
}

TEST("assembler: packets are in their place with up to two dropped or repeated before them, with three they are not")
{
    enum { kRest = 10 };

    for (uint32_t shift = 0; shift <= 3; shift++) {
        begin();
        for (uint32_t number = shift; number < shift + kRest; number++)
            take(number);
        EXPECT_EQUAL(assembler.segment.aligned, shift <= 2 ? kRest : 0);

        begin();
        for (uint32_t i = 0; i < shift; i++)
            take(0);
        uint32_t before = assembler.segment.aligned;
        for (uint32_t number = 0; number < kRest; number++)
            take(number);
        EXPECT_EQUAL(assembler.segment.aligned - before, shift <= 2 ? kRest : 0);
    }
}

TEST("assembler: a VSYNC may be half a period late, one that comes two periods after the last is another frame's")
{
    begin();
    take_all();
    next(kVospiPeriodMicroseconds / 2);
    EXPECT_EQUAL(statistics.gaps, 0);
    take_all();
    EXPECT_EQUAL(assembler.expected, 3);
    next(kVospiPeriodMicroseconds);
    EXPECT_EQUAL(statistics.gaps, 1);
    EXPECT_EQUAL(statistics.rejectedFrames, 1);
    EXPECT_EQUAL(assembler.expected, 1);
}

TEST("assembler: a VSYNC without a packet ends the frame it came in")
{
    begin();
    take_all();
    vospi_assembler_vsync(&assembler, model.microseconds += kVospiPeriodMicroseconds);
    next(0);
    EXPECT_EQUAL(statistics.rejectedFrames, 1);
    EXPECT_EQUAL(assembler.expected, 1);
}

TEST("assembler: where nothing had come nothing is broken by giving up")
{
    begin();
    vospi_assembler_abort(&assembler);
    EXPECT_EQUAL(statistics.brokenSegments, 0);
    EXPECT_EQUAL(statistics.rejectedFrames, 0);
    take(0);
    vospi_assembler_abort(&assembler);
    EXPECT_EQUAL(statistics.brokenSegments, 1);
}

TEST("assembler: what follows the last packet of a segment is neither stored nor an error")
{
    begin();
    take_all();
    model_advance(&model, 1);
    model_write(&model, stream);
    for (uint32_t number = 0; number < kVospiSegmentPackets; number++)
        EXPECT_EQUAL(take(number), kVospiPacketBeyond);
    EXPECT_EQUAL(statistics.segments, 1);
    EXPECT_EQUAL(statistics.sequenceErrors, 0);
    EXPECT_EQUAL(assembler.expected, 2);
}

TEST("assembler: a packet number no segment has costs its own place only")
{
    begin();
    for (uint32_t number = 0; number < kVospiSegmentPackets; number++) {
        if (number == 10) {
            packet_at(10)[1] = 100;
            model_sign(packet_at(10));
            EXPECT_EQUAL(take(10), kVospiPacketOrder);
        } else
            EXPECT_EQUAL(take(number), kVospiPacketGood);
    }
    EXPECT_EQUAL(statistics.sequenceErrors, 1);
    EXPECT_EQUAL(statistics.brokenSegments, 1);
    EXPECT_EQUAL(statistics.segments, 0);
}

TEST("assembler: a broken segment is not believed to be a first one")
{
    begin();
    take_all();
    next(0);
    packet_at(kVospiNumberPacket)[0] = 1 << 4;
    for (uint32_t number = 1; number < kVospiSegmentPackets; number++)
        take(number);
    EXPECT_EQUAL(statistics.segmentErrors, 0);
    EXPECT_EQUAL(statistics.brokenSegments, 1);
    EXPECT_EQUAL(statistics.rejectedFrames, 1);
}

/* Sends a whole frame, the first telemetry row of 0xFFFF if `garbled`. @returns whether it was delivered */
static bool send_frame(bool garbled)
{
    bool complete = false;

    for (uint32_t step = 0; step < kVospiSegments + kModelEmptySegments; step++) {
        if (garbled && step == kVospiSegments - 1) {
            uint8_t *row = packet_at(kVospiPixelPackets - (kVospiSegments - 1) * kVospiSegmentPackets);
            memset(row + kVospiHeaderBytes, 0xff, kVospiPayloadBytes);
            model_sign(row);
        }
        take_all();
        complete |= assembler.complete;
        assembler.complete = false;
        next(0);
    }
    return complete;
}

TEST("assembler: telemetry of another format is no measure for the next")
{
    begin();
    EXPECT(send_frame(false), "the first frame");
    EXPECT(!send_frame(true), "a frame with garbled telemetry");
    EXPECT(send_frame(false), "the one after it");
    EXPECT_EQUAL(statistics.telemetryErrors, 1);
    EXPECT_EQUAL(statistics.rejectedFrames, 1);
}
