/* SPDX-License-Identifier: Apache-2.0 */
#include "vospi-reader.h"

#include <stddef.h>

#define COUNT(NAME) vospi_count(&reader->statistics->NAME)

enum {
    /* Packets that fit into a VSYNC period beside a segment: at 16 MHz a packet takes 82 us, 61 + 45 of them 8.7 of 9.5 ms. */
    kExtraPackets = 45,
    /* After a resync the first packet of video comes within 10 ms (datasheet 4.2.3.3.1): two periods, and one as margin. */
    kDiscardPeriods = 3,
    /*
     * Valid packets in their places that prove sync. One is not enough: the CRC starts at zero, so a packet shifted by a bit is valid
     * in one of 16 cases. Its number is then half or double, and 0 to 4 are still within the tolerance of their places.
     */
    kProofPackets = 4,
};

static const VospiStep kStepWait = {kVospiWait, 0};
static const VospiStep kStepResync = {kVospiResync, 0};

void vospi_reader_init(VospiReader *reader, VospiSlots *slots, VospiStatistics *statistics)
{
    *reader = (VospiReader){.slots = slots, .statistics = statistics};
    vospi_assembler_init(&reader->assembler, statistics);
}

VospiStep vospi_reader_start(VospiReader *reader)
{
    vospi_assembler_reset(&reader->assembler);
    reader->events = 0;
    reader->resyncs = 0;
    reader->timing = false;
    /* The telemetry mode or the video format may have changed since the last run, which loses sync (4.2.3.1). */
    return kStepResync;
}

void vospi_reader_resynced(VospiReader *reader)
{
    reader->discardPeriods = kDiscardPeriods;
}

void vospi_reader_no_vsync(VospiReader *reader)
{
    vospi_assembler_abort(&reader->assembler);
    reader->timing = false;
    reader->events |= kVospiEventNoVsync;
}

void vospi_reader_vsync(VospiReader *reader, uint64_t microseconds, uint64_t captured)
{
    VospiAssembler *assembler = &reader->assembler;

    COUNT(vsyncs);
    vospi_assembler_vsync(assembler, microseconds);
    reader->captured = captured;
    reader->extra = 0;
    if (!assembler->frame && vospi_assembler_idle(assembler)) {
        bool replaced;
        assembler->frame = vospi_slots_acquire(reader->slots, &replaced);
        if (replaced)
            COUNT(overruns);
    }
}

static void deliver(VospiReader *reader)
{
    VospiAssembler *assembler = &reader->assembler;

    assembler->complete = false;
    reader->resyncs = 0;
    reader->since = assembler->began;
    if (!assembler->frame) {
        COUNT(overruns);
        return;
    }
    assembler->frame->captured = reader->captured;
    COUNT(frames);
    if (vospi_slots_publish(reader->slots, assembler->frame))
        COUNT(overruns);
    assembler->frame = NULL;
    reader->events |= kVospiEventFrame;
}

static VospiStep lost_sync(VospiReader *reader)
{
    COUNT(resyncs);
    vospi_assembler_abort(&reader->assembler);
    reader->timing = false;
    if (reader->resyncs == kVospiResyncsToStall) {
        reader->events |= kVospiEventNoSync;
        reader->resyncs = 0;
    }
    reader->resyncs++;
    return kStepResync;
}

static VospiStep in_sync(VospiReader *reader)
{
    uint64_t now = reader->assembler.began;

    reader->discardPeriods = 0;
    if (!reader->timing) {
        reader->timing = true;
        reader->since = now;
    } else if (now - reader->since >= kVospiNoSegmentsMicroseconds) {
        reader->events |= kVospiEventNoSegments;
        reader->since = now;
    }
    return kStepWait;
}

VospiStep vospi_reader_packets(VospiReader *reader, const uint8_t *packets, uint32_t count)
{
    VospiAssembler *assembler = &reader->assembler;
    const VospiSegment *segment = &assembler->segment;

    bool empty = count == kVospiSegmentPackets && vospi_assembler_empty(assembler, packets);
    for (uint32_t i = 0; i < count && !empty; i++) {
        vospi_assembler_packet(assembler, packets + i * kVospiPacketBytes);
        if (assembler->complete)
            deliver(reader);
    }
    if (segment->aligned >= kProofPackets) {
        uint32_t missing = (uint32_t)(kVospiSegmentPackets - segment->next);
        if (missing && reader->extra + missing <= kExtraPackets) {
            reader->extra += missing;
            return (VospiStep){kVospiMore, missing};
        }
        return in_sync(reader);
    }
    if (segment->position == 0 && reader->discardPeriods) {
        reader->discardPeriods--;
        return kStepWait;
    }
    return lost_sync(reader);
}

uint32_t vospi_reader_events(VospiReader *reader)
{
    uint32_t events = reader->events;
    reader->events = 0;
    return events;
}
