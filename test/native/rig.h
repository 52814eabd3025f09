/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RIG_H
#define RIG_H

#include "harness.h"
#include "reference-assembler.h"
#include "sensor-model.h"
#include "vospi-reader.h"

/* A reader on a bus with a model of the sensor, driven VSYNC by VSYNC; every frame that comes out is checked. */

enum { kRigSlots = 3, kRigPackets = 128 };

typedef struct Rig Rig;

/* What the bus carries in one VSYNC period: the segment, and discard packets behind it. May be changed by a fault. */
typedef void (*Fault)(Rig *rig, uint8_t *stream);

struct Rig {
    SensorModel model;
    VospiReader reader;
    VospiSlots slots;
    VospiStatistics statistics;
    VospiFrame frames[kRigSlots];
    Random random;
    uint32_t delivered;
    uint32_t corrupt;
    uint32_t repeated;  /* frames that were not later than the one before */
    uint32_t latest;    /* number of the latest frame delivered */
    uint32_t events;    /* all events so far, or-ed */
    uint32_t resyncs;
    uint32_t stalls[3]; /* no-vsync, no-sync, no-segments */
    char text[200];     /* of the first corrupt frame */
    bool compared;      /* with the reference, which is given the same packets */
    uint32_t differences; /* frames that only one of the two delivered, or not with the same bytes */
    ReferenceAssembler reference;
    _Alignas(4) uint8_t stream[kRigPackets * kVospiPacketBytes];
};

void rig_init(Rig *rig, uint64_t seed);

/* A resync, as at the start: the time it takes passes. */
void rig_resync(Rig *rig);

/* One VSYNC, its segment changed by `fault` if there is one; then a resync if the reader asks for it. */
void rig_vsync(Rig *rig, Fault fault);

/* The bytes the reader would be given in this VSYNC period are in rig->stream already. */
void rig_vsync_stream(Rig *rig);

#endif
