/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include <string.h>

static Rig rig;

static uint8_t *packet_at(uint8_t *stream, uint32_t index)
{
    return stream + index * kVospiPacketBytes;
}

/* Whole periods of the sensor, each fault (or NULL) in the segment `step` of its period. */
static void run_period(Fault fault, uint32_t step)
{
    for (uint32_t i = 0; i < kVospiSegments + kModelEmptySegments; i++)
        rig_vsync(&rig, rig.model.step == step ? fault : NULL);
}

/* A rig that has delivered a frame and is at the first segment of the next. */
static void begin(void)
{
    rig_init(&rig, 1);
    while (!rig.delivered || rig.model.step != 0)
        rig_vsync(&rig, NULL);
}

TEST("assembler: every frame of a faultless sensor comes out, once and exact")
{
    begin();
    uint32_t delivered = rig.delivered, first = rig.latest;
    for (int i = 0; i < 50; i++)
        run_period(NULL, 0);
    EXPECT_EQUAL(rig.delivered - delivered, 50);
    EXPECT_EQUAL(rig.latest - first, 50);
    EXPECT(!rig.corrupt, "%s", rig.text);
    EXPECT_EQUAL(rig.statistics.rejectedFrames, 0);
    EXPECT_EQUAL(rig.statistics.crcErrors + rig.statistics.sequenceErrors + rig.statistics.segmentErrors + rig.statistics.brokenSegments, 0);
}

TEST("assembler: captured is the VSYNC of the last segment")
{
    rig_init(&rig, 1);
    uint64_t last = 0;
    while (!rig.delivered) {
        last = rig.model.microseconds / 1000;
        rig_vsync(&rig, NULL);
    }
    EXPECT_EQUAL(rig.frames[0].captured, last);
}

TEST("assembler: the zero packet of a dead bus is no packet 0, although its checksum is right")
{
    _Alignas(4) uint8_t zeros[kVospiPacketBytes] = {0};
    static VospiStatistics statistics;
    VospiAssembler assembler;

    vospi_assembler_init(&assembler, &statistics);
    vospi_assembler_vsync(&assembler, 0);
    EXPECT_EQUAL(vospi_assembler_packet(&assembler, zeros), kVospiPacketZero);
    EXPECT_EQUAL(statistics.zeroPackets, 1);
    EXPECT_EQUAL(assembler.segment.aligned, 0);
}

TEST("assembler: a discard packet is known as one before anything else")
{
    /* As seen on real parts: low bits 0xFFF, and a "segment number" of 1. */
    static const uint8_t ids[][2] = {{0x1f, 0xff}, {0x0f, 0xff}, {0x0f, 0x00}, {0xff, 0x14}};
    static VospiStatistics statistics;
    VospiAssembler assembler;
    _Alignas(4) uint8_t packet[kVospiPacketBytes];

    vospi_assembler_init(&assembler, &statistics);
    vospi_assembler_vsync(&assembler, 0);
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        model_write_discard(packet);
        memcpy(packet, ids[i], 2);
        EXPECT_EQUAL(vospi_assembler_packet(&assembler, packet), kVospiPacketDiscard);
    }
    EXPECT_EQUAL(assembler.segment.position, 0);
}

static void spoil_payload(Rig *its, uint8_t *stream)
{
    (void)its;
    packet_at(stream, 33)[70] ^= 4;
}

static void drop_packet(Rig *its, uint8_t *stream)
{
    (void)its;
    memmove(packet_at(stream, 12), packet_at(stream, 13), (kRigPackets - 13) * kVospiPacketBytes);
}

TEST("assembler: a bit error costs its frame and nothing else")
{
    begin();
    for (uint32_t step = 0; step < kVospiSegments; step++) {
        uint32_t delivered = rig.delivered;
        run_period(spoil_payload, step);
        EXPECT_EQUAL(rig.delivered, delivered);
        run_period(NULL, 0);
        EXPECT_EQUAL(rig.delivered, delivered + 1);
    }
    EXPECT_EQUAL(rig.statistics.crcErrors, 4);
    EXPECT_EQUAL(rig.statistics.brokenSegments, 4);
    EXPECT_EQUAL(rig.resyncs, 0);
}

TEST("assembler: a bit error in an empty segment costs no frame")
{
    begin();
    uint32_t delivered = rig.delivered;
    run_period(spoil_payload, 7);
    EXPECT_EQUAL(rig.delivered, delivered + 1);
    EXPECT_EQUAL(rig.resyncs, 0);
}

/* The packet whose number `other_number` changes. */
static uint32_t disturbed;

static void other_number(Rig *its, uint8_t *stream)
{
    (void)its;
    packet_at(stream, disturbed)[1] ^= 64;
}

TEST("assembler: an empty segment is recognised by five packet numbers and one CRC; the rest of it is not looked at")
{
    uint32_t looked_at = 0;

    for (disturbed = 0; disturbed < kVospiSegmentPackets; disturbed++) {
        begin();
        uint32_t delivered = rig.delivered, empty = rig.statistics.emptySegments;
        run_period(other_number, 7);
        EXPECT_EQUAL(rig.delivered, delivered + 1);
        EXPECT_EQUAL(rig.resyncs, 0);
        EXPECT_EQUAL(rig.statistics.crcErrors + rig.statistics.emptySegments - empty, kModelEmptySegments);
        looked_at += rig.statistics.crcErrors;
    }
    EXPECT_EQUAL(looked_at, 5);
}

static void wrong_sums(Rig *its, uint8_t *stream)
{
    (void)its;
    for (uint32_t i = 0; i < kVospiSegmentPackets; i++)
        packet_at(stream, i)[kVospiHeaderBytes] ^= 1;
}

TEST("assembler: a segment whose CRCs are all wrong is no empty one, whatever its numbers say")
{
    begin();
    while (rig.model.step != 7)
        rig_vsync(&rig, NULL);
    rig_vsync(&rig, wrong_sums);
    EXPECT_EQUAL(rig.resyncs, 1);
    EXPECT_EQUAL(rig.statistics.crcErrors, kVospiSegmentPackets);
}

TEST("assembler: a dropped packet costs its frame and is counted as a break of sequence")
{
    begin();
    uint32_t delivered = rig.delivered;
    run_period(drop_packet, 1);
    EXPECT_EQUAL(rig.delivered, delivered);
    EXPECT_EQUAL(rig.statistics.sequenceErrors, 1);
    run_period(NULL, 0);
    EXPECT_EQUAL(rig.delivered, delivered + 1);
    EXPECT_EQUAL(rig.resyncs, 0);
}

static void number_one(Rig *its, uint8_t *stream)
{
    (void)its;
    packet_at(stream, kVospiNumberPacket)[0] = 1 << 4;
}

TEST("assembler: a first segment in the place of a later one begins a frame")
{
    begin();
    /* The sensor starts over after two segments: what was third is the first of the next frame. */
    rig_vsync(&rig, NULL);
    rig_vsync(&rig, NULL);
    uint32_t delivered = rig.delivered;
    rig.model.step = 0;
    rig.model.frame += 5;
    for (int i = 0; i < kVospiSegments; i++)
        rig_vsync(&rig, NULL);
    EXPECT_EQUAL(rig.delivered, delivered + 1);
    EXPECT(!rig.corrupt, "%s", rig.text);
    EXPECT_EQUAL(rig.statistics.segmentErrors, 1);
    EXPECT_EQUAL(rig.statistics.rejectedFrames, 1);
}

TEST("assembler: a wrong segment number costs its frame")
{
    begin();
    uint32_t delivered = rig.delivered;
    run_period(number_one, 2);
    EXPECT_EQUAL(rig.delivered, delivered);
    EXPECT_EQUAL(rig.statistics.rejectedFrames, 2); /* the one it interrupted, and the one it seemed to begin */
}

TEST("assembler: segments with VSYNCs missed between them are not one frame")
{
    begin();
    uint32_t delivered = rig.delivered;
    rig_vsync(&rig, NULL);
    model_advance(&rig.model, kVospiSegments + kModelEmptySegments);
    for (int i = 0; i < kVospiSegments - 1; i++)
        rig_vsync(&rig, NULL);
    EXPECT_EQUAL(rig.delivered, delivered);
    EXPECT_EQUAL(rig.statistics.gaps, 1);
}

/* What `alter_telemetry` writes to one word of row A. */
static uint32_t altered_word;
static uint16_t altered_value;

static void alter_telemetry(Rig *its, uint8_t *stream)
{
    (void)its;
    uint8_t *packet = packet_at(stream, kVospiPixelPackets - (kVospiSegments - 1) * kVospiSegmentPackets);
    packet[kVospiHeaderBytes + 2 * altered_word] = (uint8_t)(altered_value >> 8);
    packet[kVospiHeaderBytes + 2 * altered_word + 1] = (uint8_t)altered_value;
    model_sign(packet);
}

static void alter(uint32_t word, uint16_t value)
{
    altered_word = word;
    altered_value = value;
    run_period(alter_telemetry, kVospiSegments - 1);
}

TEST("assembler: a frame whose telemetry names another video format is rejected")
{
    begin();
    uint32_t delivered = rig.delivered;
    alter(kVospiTelemetryFormat, 3);
    EXPECT_EQUAL(rig.delivered, delivered);
    EXPECT_EQUAL(rig.statistics.telemetryErrors, 1);
    run_period(NULL, 0);
    EXPECT_EQUAL(rig.delivered, delivered + 1);
}

TEST("assembler: another telemetry revision is believed the second time")
{
    begin();
    uint32_t delivered = rig.delivered;
    alter(kVospiTelemetryRevision, 0x0e00);
    EXPECT_EQUAL(rig.delivered, delivered);
    EXPECT_EQUAL(rig.statistics.telemetryErrors, 1);
    alter(kVospiTelemetryRevision, 0x0e00);
    EXPECT_EQUAL(rig.delivered, delivered + 1);
}

TEST("assembler: a frame the sensor sends again is not delivered again")
{
    begin();
    uint32_t delivered = rig.delivered;
    run_period(NULL, 0);
    rig.model.frame--;
    run_period(NULL, 0);
    EXPECT_EQUAL(rig.delivered, delivered + 1);
    EXPECT_EQUAL(rig.statistics.repeatedFrames, 1);
}

TEST("assembler: a frame counter that goes back is implausible, unless uptime went back too")
{
    begin();
    uint32_t delivered = rig.delivered;
    for (int i = 0; i < 3; i++)
        run_period(NULL, 0);
    alter(kVospiTelemetryFrame, 1);
    EXPECT_EQUAL(rig.delivered, delivered + 3);
    EXPECT_EQUAL(rig.statistics.telemetryErrors, 1);

    /* A sensor that was reset. */
    begin();
    for (int i = 0; i < 20; i++)
        run_period(NULL, 0);
    delivered = rig.delivered;
    rig.model.frame = 1;
    run_period(NULL, 0);
    EXPECT_EQUAL(rig.delivered, delivered + 1);
    EXPECT_EQUAL(rig.latest, 1);
}

TEST("assembler: an uptime that goes back while the counter goes on is implausible, once")
{
    begin();
    uint32_t delivered = rig.delivered;
    alter(kVospiTelemetryTime, 0);
    EXPECT_EQUAL(rig.delivered, delivered);
    EXPECT_EQUAL(rig.statistics.telemetryErrors, 1);
    run_period(NULL, 0);
    EXPECT_EQUAL(rig.delivered, delivered + 1);
}

TEST("assembler: with every slot held frames are counted and lost, and come again when one is given back")
{
    VospiFrame *held[kRigSlots];

    begin();
    for (uint32_t i = 0; i < kRigSlots; i++) {
        /* Out of take_frame()'s reach: the event is taken away, the frame is not. */
        uint32_t delivered = rig.delivered;
        for (;;) {
            model_write(&rig.model, rig.stream);
            vospi_reader_vsync(&rig.reader, rig.model.microseconds, 0);
            vospi_reader_packets(&rig.reader, rig.stream, kVospiSegmentPackets);
            model_advance(&rig.model, 1);
            if (vospi_reader_events(&rig.reader) & kVospiEventFrame)
                break;
        }
        held[i] = vospi_slots_take(&rig.slots);
        EXPECT(held[i] != NULL, "frame %u cannot be taken", i);
        EXPECT_EQUAL(rig.delivered, delivered);
    }
    while (rig.model.step)
        rig_vsync(&rig, NULL);
    uint32_t delivered = rig.delivered, overruns = rig.statistics.overruns;
    run_period(NULL, 0);
    EXPECT_EQUAL(rig.delivered, delivered);
    EXPECT_EQUAL(rig.statistics.overruns, overruns + 1);
    for (uint32_t i = 0; i < kRigSlots; i++)
        EXPECT(model_check(held[i], rig.text, sizeof rig.text), "held: %s", rig.text);
    vospi_slots_release(&rig.slots, held[1]);
    run_period(NULL, 0);
    EXPECT_EQUAL(rig.delivered, delivered + 1);
    EXPECT(!rig.corrupt, "%s", rig.text);
}
