/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VOSPI_READER_H
#define VOSPI_READER_H

#include <stdbool.h>
#include <stdint.h>
#include "vospi-assembler.h"
#include "vospi-slots.h"

/*
 * Decides what happens on the bus after each VSYNC period, for any transport of the bytes.
 *
 *   start  -> resync, then at every VSYNC: read kVospiSegmentPackets packets -> vospi_reader_packets()
 *             -> read some more packets (discards came first), or wait for the next VSYNC, or resync
 *
 * Sync is lost when a period has no valid packet in its place: only discards, a segment from its middle, shifted bits, zeros. This
 * is detected within the period, and a resync follows at once. A bit error or a dropped packet costs its frame only. The owner
 * decides how to recover from a stall.
 */

typedef enum VospiNext {
    kVospiWait,   /* for the next VSYNC */
    kVospiMore,   /* read `packets` more of this period */
    kVospiResync, /* CS high and clock idle for kVospiResyncMicroseconds, then vospi_reader_resynced() */
} VospiNext;

typedef struct VospiStep {
    VospiNext next;
    uint32_t packets;
} VospiStep;

/* Bits of vospi_reader_events(). */
enum {
    kVospiEventFrame = 1,      /* a new frame can be taken */
    kVospiEventNoVsync = 2,    /* no VSYNC for kVospiNoVsyncMicroseconds */
    kVospiEventNoSync = 4,     /* kVospiResyncsToStall resyncs in a row brought no frame, and sync is lost again */
    kVospiEventNoSegments = 8, /* in sync, but without a frame for kVospiNoSegmentsMicroseconds */
};

enum {
    kVospiResyncsToStall = 3,
    kVospiNoVsyncMicroseconds = 500000,
    kVospiNoSegmentsMicroseconds = 5000000, /* an FFC takes 1 to 3 s */
};

typedef struct VospiReader {
    VospiAssembler assembler;
    VospiSlots *slots;
    VospiStatistics *statistics;
    uint32_t events;
    uint64_t captured;  /* milliseconds since start, of the current VSYNC */
    uint32_t extra;     /* packets requested beyond the first kVospiSegmentPackets of this period */
    uint32_t discardPeriods; /* periods of discards still allowed after a resync */
    uint32_t resyncs;   /* in a row without a frame */
    bool timing;        /* `since` is valid */
    uint64_t since;     /* microseconds, the last frame or the first VSYNC in sync */
} VospiReader;

void vospi_reader_init(VospiReader *reader, VospiSlots *slots, VospiStatistics *statistics);

/* Capture begins: the sensor may have been reset or reconfigured. */
VospiStep vospi_reader_start(VospiReader *reader);

/*
 * A VSYNC came: `microseconds` on a monotonic clock, `captured` the same moment in milliseconds since start. The next read belongs
 * to it.
 */
void vospi_reader_vsync(VospiReader *reader, uint64_t microseconds, uint64_t captured);

/* `count` packets were read. `packets` is aligned to 4 bytes. */
VospiStep vospi_reader_packets(VospiReader *reader, const uint8_t *packets, uint32_t count);

/* No VSYNC came for kVospiNoVsyncMicroseconds. */
void vospi_reader_no_vsync(VospiReader *reader);

/* The requested resync is done. */
void vospi_reader_resynced(VospiReader *reader);

/* Events since the last call, as bits. */
uint32_t vospi_reader_events(VospiReader *reader);

#endif
