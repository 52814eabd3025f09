/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VOSPI_STATISTICS_H
#define VOSPI_STATISTICS_H

#include <stdatomic.h>
#include <stdint.h>

/* Counters, written by the capture thread and read by any. The names are those of VoSPIStatistics (vospi.ts). */
#define VOSPI_STATISTICS(COUNTER) \
    COUNTER(vsyncs)           /* VSYNC pulses */ \
    COUNTER(frames)           /* frames delivered */ \
    COUNTER(segments)         /* whole segments with a number 1..4 */ \
    COUNTER(emptySegments)    /* whole segments numbered 0: eight of twelve, and all of them during an FFC */ \
    COUNTER(discards)         /* discard packets */ \
    COUNTER(zeroPackets)      /* packets of zeros only: a dead bus, whose CRC is right by chance */ \
    COUNTER(crcErrors)        /* packets with a wrong CRC; of an empty segment only packet 20 is checked */ \
    COUNTER(sequenceErrors)   /* packets out of order: dropped, repeated, swapped */ \
    COUNTER(brokenSegments)   /* segments dropped: cut short or with a bad packet */ \
    COUNTER(segmentErrors)    /* whole segments that were not the next of their frame */ \
    COUNTER(gaps)             /* frames dropped because a VSYNC was missed between two of their segments */ \
    COUNTER(telemetryErrors)  /* frames rejected for implausible telemetry */ \
    COUNTER(repeatedFrames)   /* frames rejected because the sensor sent them a second time */ \
    COUNTER(rejectedFrames)   /* frames dropped after at least one whole segment, for any reason */ \
    COUNTER(overruns)         /* frames lost because all slots were held, or replaced by a newer one before they were read */ \
    COUNTER(resyncs)          /* resynchronisations after sync was lost */

typedef struct VospiStatistics {
#define VOSPI_COUNTER_FIELD(NAME) _Atomic uint32_t NAME;
    VOSPI_STATISTICS(VOSPI_COUNTER_FIELD)
#undef VOSPI_COUNTER_FIELD
} VospiStatistics;

/* With one writer a load and a store suffice; PSRAM has no atomic read-modify-write. */
static inline void vospi_count(_Atomic uint32_t *counter)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1, memory_order_relaxed);
}

#endif
