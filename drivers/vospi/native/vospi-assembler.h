/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VOSPI_ASSEMBLER_H
#define VOSPI_ASSEMBLER_H

#include <stdbool.h>
#include <stdint.h>
#include "vospi-frame.h"
#include "vospi-statistics.h"

/*
 * Assembles frames from packets. A frame is delivered only if it is whole and from one exposure: all CRCs are right, packets come
 * in order 0..60, segments 1, 2, 3, 4 at consecutive VSYNCs, and the telemetry is plausible.
 * Portable: no OS, no memory of its own, no globals. One thread at a time.
 */

typedef enum VospiPacketKind {
    kVospiPacketGood,    /* the packet expected */
    kVospiPacketDiscard, /* the sensor had nothing to send */
    kVospiPacketZero,    /* all zero: no sensor on the bus, or it is off */
    kVospiPacketCorrupt, /* wrong CRC */
    kVospiPacketOrder,   /* valid, but not the one expected */
    kVospiPacketBeyond,  /* after the last packet of the segment */
} VospiPacketKind;

/* State of one VSYNC period. */
typedef struct VospiSegment {
    uint8_t next;      /* the packet expected; kVospiSegmentPackets when the segment is over */
    uint16_t position; /* packets seen, without discards */
    uint16_t aligned;  /* valid packets whose position is (nearly) their number */
    uint16_t discards;
    uint8_t number;    /* from packet 20; kVospiNumberUnknown before */
    bool broken;
} VospiSegment;

enum { kVospiNumberUnknown = 0xff };

typedef struct VospiAssembler {
    VospiStatistics *statistics;
    VospiFrame *frame;     /* the slot being filled; NULL if no slot is free: the frame is checked but not stored */
    VospiSegment segment;
    uint8_t expected;      /* the segment wanted next, 1..4 */
    bool complete;         /* `frame`, or the frame without a slot, is whole */
    bool known;            /* the fields below hold the telemetry of an earlier frame */
    uint16_t revision;
    uint32_t counter;
    uint32_t uptime;
    uint64_t began;        /* microseconds, VSYNC of the current segment */
} VospiAssembler;

void vospi_assembler_init(VospiAssembler *assembler, VospiStatistics *statistics);

/* Resets everything but the slot: the sensor was reset or reconfigured. */
void vospi_assembler_reset(VospiAssembler *assembler);

/* Drops the frame being assembled (lost sync). */
void vospi_assembler_abort(VospiAssembler *assembler);

/* True if no frame is being assembled. Only then may `frame` change. */
static inline bool vospi_assembler_idle(const VospiAssembler *assembler)
{
    return assembler->expected == 1;
}

/* A new segment begins. `microseconds` is the time of its VSYNC on a monotonic clock. */
void vospi_assembler_vsync(VospiAssembler *assembler, uint64_t microseconds);

/*
 * At the start of a period: recognises a whole empty segment, kVospiSegmentPackets packets at `packets` (aligned to
 * 4 bytes), and takes it. Returns false, and takes nothing, if the packets must be taken one by one.
 */
bool vospi_assembler_empty(VospiAssembler *assembler, const uint8_t *packets);

/*
 * Takes the next kVospiPacketBytes bytes, aligned to 4. If `complete` is set afterwards, a frame is whole: the caller takes it and
 * clears the flag.
 */
VospiPacketKind vospi_assembler_packet(VospiAssembler *assembler, const uint8_t *packet);

#endif
