/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REFERENCE_ASSEMBLER_H
#define REFERENCE_ASSEMBLER_H

#include <stdbool.h>
#include "vospi-frame.h"

/*
 * From packets to frames by the definition, with every packet of every segment checked in full. Slow, and shares no code
 * with the assembler, which must deliver the same frames at the same packets.
 *
 * A segment is whole if the first kVospiSegmentPackets packets of its VSYNC period that are no discards are numbered
 * 0 to 60 in order, with right CRCs, and none is all zero. A frame is four whole segments numbered 1 to 4 in consecutive
 * periods, at most one and a half periods apart, with plausible telemetry.
 */
typedef struct ReferenceAssembler {
    uint64_t began;
    uint32_t count; /* packets of this period that were no discards, at most kVospiSegmentPackets */
    bool broken;
    bool ignored;     /* the rest of this period, after an abort */
    uint32_t number;  /* of this period's segment */
    uint32_t wanted;  /* segment of the frame that comes next, 1 to 4 */
    bool known;       /* the telemetry of an earlier frame */
    uint16_t revision;
    uint32_t counter, uptime;
    uint8_t period[kVospiSegmentPackets][kVospiPayloadBytes];
    uint8_t frame[kVospiSegments][kVospiSegmentPackets][kVospiPayloadBytes];
} ReferenceAssembler;

void reference_init(ReferenceAssembler *reference);

void reference_vsync(ReferenceAssembler *reference, uint64_t microseconds);

/* Gives up the frame and what is left of this period. */
void reference_abort(ReferenceAssembler *reference);

/* Takes a packet; true if `frame` is delivered with it. */
bool reference_packet(ReferenceAssembler *reference, const uint8_t *packet);

/* Whether `frame` has the reference's pixels and telemetry. */
bool reference_equals(const ReferenceAssembler *reference, const VospiFrame *frame);

#endif
