/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include <string.h>

static Rig rig;

enum { kPeriod = kVospiSegments + kModelEmptySegments };

static void run(uint32_t vsyncs, Fault fault)
{
    while (vsyncs--)
        rig_vsync(&rig, fault);
}

static void begin(void)
{
    rig_init(&rig, 1);
    while (!rig.delivered)
        rig_vsync(&rig, NULL);
}

static void only_discards(Rig *its, uint8_t *stream)
{
    (void)its;
    for (uint32_t i = 0; i < kRigPackets; i++)
        model_write_discard(stream + i * kVospiPacketBytes);
}

static void zero_bus(Rig *its, uint8_t *stream)
{
    (void)its;
    memset(stream, 0, kRigPackets * kVospiPacketBytes);
}

static void one_bit_late(Rig *its, uint8_t *stream)
{
    (void)its;
    for (uint32_t i = kRigPackets * kVospiPacketBytes - 1; i > 0; i--)
        stream[i] = (uint8_t)(stream[i] >> 1 | stream[i - 1] << 7);
    stream[0] >>= 1;
}

/* A sensor that was read too late: it sends the rest of a segment, then discards. */
static void from_packet_30(Rig *its, uint8_t *stream)
{
    only_discards(its, stream);
    SensorModel model = its->model;
    _Alignas(4) uint8_t whole[kVospiSegmentBytes];
    model_write(&model, whole);
    memcpy(stream, whole + 30 * kVospiPacketBytes, sizeof whole - 30 * kVospiPacketBytes);
}

static uint32_t leading;

static void leading_discards(Rig *its, uint8_t *stream)
{
    (void)its;
    memmove(stream + leading * kVospiPacketBytes, stream, kVospiSegmentBytes);
    for (uint32_t i = 0; i < leading; i++)
        model_write_discard(stream + i * kVospiPacketBytes);
}

TEST("reader: begins with a resynchronisation")
{
    static VospiFrame frames[2];
    VospiReader reader;
    VospiSlots slots;
    VospiStatistics statistics;

    memset(&statistics, 0, sizeof statistics);
    vospi_slots_init(&slots, frames, 2);
    vospi_reader_init(&reader, &slots, &statistics);
    EXPECT_EQUAL(vospi_reader_start(&reader).next, kVospiResync);
    EXPECT_EQUAL(statistics.resyncs, 0); /* none that anything went wrong for */
}

/* In every segment of the frame, and for every way to lose it. */
TEST("reader: lost sync is seen in the period it is lost in, and found again within 200 ms")
{
    static const Fault faults[] = {only_discards, zero_bus, one_bit_late, from_packet_30};

    for (size_t fault = 0; fault < sizeof faults / sizeof *faults; fault++) {
        for (uint32_t step = 0; step < kPeriod; step++) {
            begin();
            while (rig.model.step != step)
                rig_vsync(&rig, NULL);
            uint64_t lost = rig.model.microseconds;
            uint32_t delivered = rig.delivered;
            rig_vsync(&rig, faults[fault]);
            EXPECT(rig.resyncs == 1, "fault %zu in segment %u is not seen", fault, step);
            EXPECT(rig.model.microseconds - lost <= 200000, "VSYNC after %u us", (unsigned)(rig.model.microseconds - lost));
            /* The next frame that begins is delivered. */
            while (rig.model.step != 0)
                rig_vsync(&rig, NULL);
            run(kVospiSegments, NULL);
            EXPECT_EQUAL(rig.delivered, delivered + 1);
            EXPECT_EQUAL(rig.resyncs, 1);
            EXPECT(!rig.corrupt, "%s", rig.text);
        }
    }
}

/* A sensor by the letter of the datasheet: once out of sync it sends discards until the bus was idle for long enough. */
TEST("reader: a sensor that keeps sending discards until resynchronised is read again")
{
    begin();
    for (int i = 0; i < 50; i++) {
        uint32_t resyncs = rig.resyncs, delivered = rig.delivered;
        while (rig.resyncs == resyncs)
            rig_vsync(&rig, only_discards);
        run(2 * kPeriod, NULL);
        EXPECT(rig.delivered > delivered, "no frame after resynchronisation");
    }
    EXPECT_EQUAL(rig.stalls[1], 0);
}

TEST("reader: discards for 28 ms after a resynchronisation are not lost sync")
{
    rig_init(&rig, 1);
    run(3, only_discards);
    run(2 * kPeriod, NULL);
    EXPECT_EQUAL(rig.resyncs, 0);
    EXPECT(rig.delivered > 0, "no frame");

    rig_init(&rig, 1);
    run(4, only_discards);
    EXPECT_EQUAL(rig.resyncs, 1);
}

TEST("reader: shifted bits after a resynchronisation are not waited for")
{
    rig_init(&rig, 1);
    run(1, one_bit_late);
    EXPECT_EQUAL(rig.resyncs, 1);
}

TEST("reader: discards before a segment are read over, as many as fit before the next VSYNC")
{
    begin();
    uint32_t delivered = rig.delivered;
    leading = 45;
    run(3 * kPeriod, leading_discards);
    EXPECT_EQUAL(rig.delivered, delivered + 3);
    leading = 46;
    run(kPeriod, leading_discards);
    EXPECT_EQUAL(rig.delivered, delivered + 3);
    EXPECT_EQUAL(rig.resyncs, 0);
}

TEST("reader: lost sync gives up the frame it interrupts at once")
{
    begin();
    while (rig.model.step != 2)
        rig_vsync(&rig, NULL);
    run(1, only_discards);
    EXPECT_EQUAL(rig.statistics.rejectedFrames, 1);
}

TEST("reader: never asks for more packets than fit into a VSYNC period")
{
    Random random = {7};
    static _Alignas(4) uint8_t packets[kVospiSegmentPackets * kVospiPacketBytes];

    begin();
    for (int i = 0; i < 2000; i++) {
        VospiStep step = {kVospiMore, kVospiSegmentPackets};
        uint32_t read = 0;
        vospi_reader_vsync(&rig.reader, rig.model.microseconds += kVospiPeriodMicroseconds, 0);
        while (step.next == kVospiMore) {
            EXPECT(step.packets > 0 && step.packets <= kVospiSegmentPackets, "asked for %u packets", step.packets);
            read += step.packets;
            /* Now and then a right packet 0, so that it hopes for the rest. */
            for (uint32_t p = 0; p < step.packets; p++) {
                uint8_t *packet = packets + p * kVospiPacketBytes;
                model_write_discard(packet);
                if (random_below(&random, 20) == 0) {
                    packet[0] = 0;
                    packet[1] = (uint8_t)random_below(&random, 3);
                    model_sign(packet);
                }
            }
            step = vospi_reader_packets(&rig.reader, packets, step.packets);
        }
        EXPECT(read <= 106, "%u packets read in one period", read);
        if (step.next == kVospiResync)
            vospi_reader_resynced(&rig.reader);
    }
}

TEST("reader: three resynchronisations in vain are a stall, again every three")
{
    static const Fault faults[] = {only_discards, zero_bus, one_bit_late};

    for (size_t fault = 0; fault < sizeof faults / sizeof *faults; fault++) {
        begin();
        while (rig.resyncs < 3)
            rig_vsync(&rig, faults[fault]);
        EXPECT_EQUAL(rig.stalls[1], 0);
        while (rig.resyncs < 4)
            rig_vsync(&rig, faults[fault]);
        EXPECT_EQUAL(rig.stalls[1], 1);
        while (rig.resyncs < 10)
            rig_vsync(&rig, faults[fault]);
        EXPECT_EQUAL(rig.stalls[1], 3);
        run(4 * kPeriod, NULL);
        EXPECT(rig.delivered > 1, "no frame when the sensor was right again");
        EXPECT_EQUAL(rig.stalls[0] + rig.stalls[2], 0);
    }
}

TEST("reader: a sensor that sends its frames stalls never")
{
    begin();
    run(100 * kPeriod, NULL);
    EXPECT(rig.model.microseconds > 2 * kVospiNoSegmentsMicroseconds, "only %u us", (unsigned)rig.model.microseconds);
    EXPECT_EQUAL(rig.events, kVospiEventFrame);
}

TEST("reader: empty segments for the 3 s of an FFC are no stall; 5 s without a frame are, again every 5 s")
{
    begin();
    rig.model.frozen = true;
    uint64_t frozen = rig.model.microseconds;
    while (rig.model.microseconds - frozen < 4900000)
        rig_vsync(&rig, NULL);
    EXPECT_EQUAL(rig.events & ~(uint32_t)kVospiEventFrame, 0);
    while (rig.model.microseconds - frozen < 5100000)
        rig_vsync(&rig, NULL);
    EXPECT_EQUAL(rig.stalls[2], 1);
    while (rig.model.microseconds - frozen < 15200000)
        rig_vsync(&rig, NULL);
    EXPECT_EQUAL(rig.stalls[2], 3);
    EXPECT_EQUAL(rig.resyncs, 0);
    rig.model.frozen = false;
    uint32_t delivered = rig.delivered;
    run(2 * kPeriod, NULL);
    EXPECT(rig.delivered > delivered, "no frame after the FFC");
}

TEST("reader: a missing VSYNC is a stall, and gives up the frame it interrupts")
{
    begin();
    while (rig.model.step != 2)
        rig_vsync(&rig, NULL);
    vospi_reader_no_vsync(&rig.reader);
    EXPECT_EQUAL(vospi_reader_events(&rig.reader), kVospiEventNoVsync);
    uint32_t rejected = rig.statistics.rejectedFrames;
    EXPECT_EQUAL(rejected, 1);
    run(2 * kPeriod, NULL);
    EXPECT(!rig.corrupt, "%s", rig.text);
    EXPECT(rig.delivered > 1, "no frame after VSYNC came back");
}

/* Empty segments for 4 s: one more second is a stall. */
static void nearly_stall(void)
{
    rig.model.frozen = true;
    for (uint64_t until = rig.model.microseconds + 4000000; rig.model.microseconds < until;)
        rig_vsync(&rig, NULL);
}

TEST("reader: the 5 s without a frame restart after a missing VSYNC, and after a new start")
{
    begin();
    nearly_stall();
    vospi_reader_no_vsync(&rig.reader);
    nearly_stall();
    EXPECT_EQUAL(rig.stalls[2], 0);
    vospi_reader_start(&rig.reader);
    nearly_stall();
    EXPECT_EQUAL(rig.stalls[2], 0);
    nearly_stall();
    EXPECT_EQUAL(rig.stalls[2], 1);
}

TEST("reader: a new start counts resynchronisations from none, and has no event yet")
{
    begin();
    while (rig.resyncs < 3)
        rig_vsync(&rig, only_discards);
    vospi_reader_no_vsync(&rig.reader);
    vospi_reader_start(&rig.reader);
    EXPECT_EQUAL(vospi_reader_events(&rig.reader), 0);
    while (rig.resyncs < 6)
        rig_vsync(&rig, only_discards);
    EXPECT_EQUAL(rig.stalls[1], 0);
    while (rig.resyncs < 7)
        rig_vsync(&rig, only_discards);
    EXPECT_EQUAL(rig.stalls[1], 1);
}

TEST("reader: after a new start a sensor may count from the beginning")
{
    begin();
    run(30 * kPeriod, NULL);
    uint32_t delivered = rig.delivered;
    /* As if reset and configured: only the frame counter went back, uptime was lost on the way. */
    EXPECT_EQUAL(vospi_reader_start(&rig.reader).next, kVospiResync);
    rig.model.frame = 2;
    rig_resync(&rig);
    run(2 * kPeriod, NULL);
    EXPECT(rig.delivered > delivered, "no frame");
    EXPECT_EQUAL(rig.statistics.telemetryErrors, 0);
}
