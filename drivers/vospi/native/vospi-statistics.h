/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VOSPI_STATISTICS_H
#define VOSPI_STATISTICS_H

#include <stdatomic.h>
#include <stdint.h>

/* What was received, and what was rejected and why. Written by the capture thread only, read by any. */
#define VOSPI_STATISTICS(COUNTER) \
    COUNTER(vsyncs)           /* VSYNC pulses */ \
    COUNTER(frames)           /* frames delivered */ \
    COUNTER(segments)         /* whole segments with a number 1..4 */ \
    COUNTER(emptySegments)    /* whole segments numbered 0: eight of twelve, and all of them during an FFC */ \
    COUNTER(discards)         /* discard packets */ \
    COUNTER(zeroPackets)      /* packets of nothing but zeros: a dead bus whose CRC is right by accident */ \
    COUNTER(crcErrors)        /* packets with a wrong CRC; of an empty segment only packet 20 is checked */ \
    COUNTER(sequenceErrors)   /* packets out of order: dropped, repeated, swapped */ \
    COUNTER(brokenSegments)   /* segments given up: cut short or with a bad packet */ \
    COUNTER(segmentErrors)    /* whole segments that were not the next one of a frame */ \
    COUNTER(gaps)             /* frames given up because a VSYNC was missed between two of their segments */ \
    COUNTER(telemetryErrors)  /* frames rejected for implausible telemetry */ \
    COUNTER(repeatedFrames)   /* frames rejected because the sensor had sent them before */ \
    COUNTER(rejectedFrames)   /* frames given up after at least one whole segment, for whatever reason */ \
    COUNTER(overruns)         /* frames nobody could take: every slot held, or replaced by a newer one before it was read */ \
    COUNTER(resyncs)          /* resynchronisations after sync was lost */

typedef struct VospiStatistics {
#define VOSPI_COUNTER_FIELD(NAME) _Atomic uint32_t NAME;
    VOSPI_STATISTICS(VOSPI_COUNTER_FIELD)
#undef VOSPI_COUNTER_FIELD
} VospiStatistics;

/* One writer: a load and a store, no read-modify-write (which PSRAM and small cores do not have). */
static inline void vospi_count(_Atomic uint32_t *counter)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1, memory_order_relaxed);
}

#endif
