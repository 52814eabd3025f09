/* SPDX-License-Identifier: Apache-2.0 */
#include "vospi-assembler.h"

#include <stddef.h>
#include <string.h>
#include "vospi-crc.h"

#define COUNT(NAME) vospi_count(&assembler->statistics->NAME)

enum {
    /* A packet counts as aligned while this many others were dropped or repeated before it. */
    kAlignmentTolerance = 2,
    /* Two segments of one frame are one VSYNC period apart; half a period is the margin. */
    kGapMicroseconds = kVospiPeriodMicroseconds + kVospiPeriodMicroseconds / 2,
};

static void begin_segment(VospiAssembler *assembler)
{
    assembler->segment = (VospiSegment){.number = kVospiNumberUnknown};
}

void vospi_assembler_init(VospiAssembler *assembler, VospiStatistics *statistics)
{
    *assembler = (VospiAssembler){.statistics = statistics, .expected = 1};
    begin_segment(assembler);
}

void vospi_assembler_reset(VospiAssembler *assembler)
{
    VospiFrame *frame = assembler->frame;
    vospi_assembler_init(assembler, assembler->statistics);
    assembler->frame = frame;
}

static void reject_frame(VospiAssembler *assembler)
{
    if (assembler->expected > 1)
        COUNT(rejectedFrames);
    assembler->expected = 1;
}

void vospi_assembler_abort(VospiAssembler *assembler)
{
    const VospiSegment *segment = &assembler->segment;
    if (segment->position && segment->next < kVospiSegmentPackets)
        COUNT(brokenSegments);
    reject_frame(assembler);
    begin_segment(assembler);
}

void vospi_assembler_vsync(VospiAssembler *assembler, uint64_t microseconds)
{
    const VospiSegment *segment = &assembler->segment;

    if (segment->next < kVospiSegmentPackets && (segment->position || !vospi_assembler_idle(assembler)))
        vospi_assembler_abort(assembler); /* the last segment was cut short, or never came */
    if (!vospi_assembler_idle(assembler) && microseconds - assembler->began > kGapMicroseconds) {
        COUNT(gaps);
        reject_frame(assembler);
    }
    assembler->began = microseconds;
    begin_segment(assembler);
}

static uint32_t telemetry_long(const VospiFrame *frame, uint32_t word)
{
    return vospi_word(frame->telemetry, word) | (uint32_t)vospi_word(frame->telemetry, word + 1) << 16;
}

/*
 * Checks the video format, that the revision is unchanged (misaligned data changes it), and that the frame counter increases. If
 * counter and uptime both decrease, the sensor was reset. Rejected values are the reference for the next frame too, so that one
 * implausible frame costs one frame.
 */
static bool accept_telemetry(VospiAssembler *assembler)
{
    const VospiFrame *frame = assembler->frame;
    uint32_t counter = telemetry_long(frame, kVospiTelemetryFrame);
    uint32_t uptime = telemetry_long(frame, kVospiTelemetryTime);
    uint16_t revision = vospi_word(frame->telemetry, kVospiTelemetryRevision);
    bool format = telemetry_long(frame, kVospiTelemetryFormat) == kVospiFormatRaw14;
    bool plausible = format, repeated = false;

    if (assembler->known && format) {
        int32_t frames = (int32_t)(counter - assembler->counter);
        int32_t time = (int32_t)(uptime - assembler->uptime);
        repeated = frames == 0;
        plausible = revision == assembler->revision && (frames > 0 ? time >= 0 : time < 0);
    }
    assembler->known = format;
    assembler->revision = revision;
    assembler->counter = counter;
    assembler->uptime = uptime;
    if (repeated)
        COUNT(repeatedFrames);
    else if (!plausible)
        COUNT(telemetryErrors);
    return plausible && !repeated;
}

static void finish_frame(VospiAssembler *assembler)
{
    if (assembler->frame && !accept_telemetry(assembler))
        reject_frame(assembler);
    else
        assembler->complete = true;
    assembler->expected = 1;
}

static void finish_segment(VospiAssembler *assembler)
{
    const VospiSegment *segment = &assembler->segment;

    if (segment->broken) {
        COUNT(brokenSegments);
        reject_frame(assembler);
        return;
    }
    if (segment->number == 0) {
        COUNT(emptySegments);
        reject_frame(assembler);
        return;
    }
    COUNT(segments);
    if (segment->number != assembler->expected) {
        COUNT(segmentErrors);
        reject_frame(assembler);
    } else if (assembler->expected == kVospiSegments)
        finish_frame(assembler);
    else
        assembler->expected++;
}

/* Where packet `number` of the expected segment goes; NULL for telemetry row D and when there is no slot. */
static uint8_t *destination(VospiAssembler *assembler, int number)
{
    VospiFrame *frame = assembler->frame;
    int index = (assembler->expected - 1) * kVospiSegmentPackets + number;

    if (!frame)
        return NULL;
    if (index < kVospiPixelPackets)
        return frame->pixels + index * kVospiPayloadBytes;
    index -= kVospiPixelPackets;
    return index < kVospiTelemetryRows ? frame->telemetry + index * kVospiPayloadBytes : NULL;
}

/*
 * Packet 20 has the segment's number; the packets before it were stored as those of the expected segment. A first segment in the
 * place of a later one begins a new frame, and its packets move to their place.
 */
static void take_number(VospiAssembler *assembler, int number)
{
    assembler->segment.number = (uint8_t)number;
    if (number != 1 || assembler->expected == 1 || assembler->segment.broken)
        return;
    const uint8_t *source = destination(assembler, 0);
    COUNT(segmentErrors);
    reject_frame(assembler);
    if (source)
        memmove(destination(assembler, 0), source, (kVospiNumberPacket + 1) * kVospiPayloadBytes);
}

static bool is_zero(const uint8_t *bytes, int count)
{
    for (int i = 0; i < count; i++)
        if (bytes[i])
            return false;
    return true;
}

/* A rejected packet still occupies its position in the segment. */
static VospiPacketKind spoil(VospiAssembler *assembler, VospiPacketKind kind)
{
    VospiSegment *segment = &assembler->segment;
    segment->broken = true;
    if (++segment->next == kVospiSegmentPackets)
        finish_segment(assembler);
    return kind;
}

static int number_of(const uint8_t *packet)
{
    return (packet[0] & 0x0f) << 8 | packet[1];
}

/*
 * Eight of twelve segments are empty: their packet 20 has the number 0. Its CRC proves that it is packet 20 in its place, but does
 * not cover the number: a bit error there costs at most the frame. Four more packet numbers in their places prove that the whole
 * segment came. The other packets are not checked.
 */
bool vospi_assembler_empty(VospiAssembler *assembler, const uint8_t *packets)
{
    static const uint8_t kProof[] = {0, 10, 40, kVospiSegmentPackets - 1};
    VospiSegment *segment = &assembler->segment;
    const uint8_t *packet = packets + kVospiNumberPacket * kVospiPacketBytes;

    if (segment->position || segment->discards || number_of(packet) != kVospiNumberPacket || (packet[0] & 0x70))
        return false;
    for (uint32_t i = 0; i < sizeof kProof; i++)
        if (number_of(packets + kProof[i] * kVospiPacketBytes) != kProof[i])
            return false;
    if (vospi_crc_packet(packet) != vospi_crc_field(packet))
        return false;
    *segment = (VospiSegment){.next = kVospiSegmentPackets, .position = kVospiSegmentPackets, .aligned = kVospiSegmentPackets, .number = 0};
    finish_segment(assembler);
    return true;
}

VospiPacketKind vospi_assembler_packet(VospiAssembler *assembler, const uint8_t *packet)
{
    VospiSegment *segment = &assembler->segment;
    int number = number_of(packet);
    uint16_t crc = vospi_crc_field(packet);

    /* Before anything else: the ID of a discard packet, 0x1FFF, looks like segment 1. */
    if ((packet[0] & 0x0f) == 0x0f) {
        segment->discards++;
        COUNT(discards);
        return kVospiPacketDiscard;
    }
    if (segment->next == kVospiSegmentPackets)
        return kVospiPacketBeyond;
    int position = segment->position++;
    if (crc == 0 && is_zero(packet, kVospiPacketBytes)) {
        COUNT(zeroPackets);
        return spoil(assembler, kVospiPacketZero);
    }
    /* Stored before its CRC is known: a packet with a wrong one breaks its segment, and so its frame. */
    bool useless = number != segment->next || segment->broken ||
                   (segment->number != kVospiNumberUnknown && segment->number != assembler->expected);
    uint8_t *payload = useless ? NULL : destination(assembler, number);
    if (crc != (payload ? vospi_crc_copy(payload, packet) : vospi_crc_packet(packet))) {
        COUNT(crcErrors);
        return spoil(assembler, kVospiPacketCorrupt);
    }
    if (number >= position - kAlignmentTolerance && number <= position + kAlignmentTolerance)
        segment->aligned++;

    VospiPacketKind kind = kVospiPacketGood;
    if (number != segment->next) {
        COUNT(sequenceErrors);
        if (number >= kVospiSegmentPackets)
            return spoil(assembler, kVospiPacketOrder);
        segment->broken = true;
        segment->next = (uint8_t)number;
        kind = kVospiPacketOrder;
    }
    if (number == kVospiNumberPacket)
        take_number(assembler, packet[0] >> 4 & 7);
    if (++segment->next == kVospiSegmentPackets)
        finish_segment(assembler);
    return kind;
}
