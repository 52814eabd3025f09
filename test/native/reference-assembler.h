/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REFERENCE_ASSEMBLER_H
#define REFERENCE_ASSEMBLER_H

#include <stdbool.h>
#include <string.h>
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

static inline void reference_init(ReferenceAssembler *reference)
{
    memset(reference, 0, sizeof *reference);
    reference->wanted = 1;
}

static inline uint16_t reference_crc(const uint8_t *packet)
{
    uint32_t crc = 0;

    for (int i = 0; i < kVospiPacketBytes; i++) {
        crc = (crc >> 8 | crc << 8) & 0xffff;
        crc ^= i == 0 ? packet[i] & 0x0fu : i == 2 || i == 3 ? 0 : packet[i];
        crc ^= (crc & 0xff) >> 4;
        crc ^= crc << 12 & 0xffff;
        crc ^= (crc & 0xff) << 5;
    }
    return (uint16_t)crc;
}

static inline bool reference_right(const uint8_t *packet, uint32_t number)
{
    bool zero = true;

    for (int i = 0; i < kVospiPacketBytes; i++)
        zero &= !packet[i];
    return !zero && ((packet[0] & 0x0fu) << 8 | packet[1]) == number && (packet[2] << 8 | packet[3]) == reference_crc(packet);
}

static inline uint32_t reference_long(const ReferenceAssembler *reference, uint32_t word)
{
    const uint8_t *row = reference->frame[kVospiSegments - 1][kVospiSegmentPackets - 4];
    return vospi_word(row, word) | (uint32_t)vospi_word(row, word + 1) << 16;
}

/* Format 7, the revision of the frame before, and counter and uptime that go on, or both back after a reset. */
static inline bool reference_plausible(ReferenceAssembler *reference)
{
    bool known = reference->known, format = reference_long(reference, kVospiTelemetryFormat) == kVospiFormatRaw14;
    uint16_t revision = (uint16_t)reference_long(reference, kVospiTelemetryRevision), before = reference->revision;
    int32_t frames = (int32_t)(reference_long(reference, kVospiTelemetryFrame) - reference->counter);
    int32_t time = (int32_t)(reference_long(reference, kVospiTelemetryTime) - reference->uptime);

    reference->known = format;
    reference->revision = revision;
    reference->counter += (uint32_t)frames;
    reference->uptime += (uint32_t)time;
    if (!format || !known)
        return format;
    return revision == before && frames != 0 && (frames > 0 ? time >= 0 : time < 0);
}

static inline void reference_vsync(ReferenceAssembler *reference, uint64_t microseconds)
{
    bool late = microseconds - reference->began > kVospiPeriodMicroseconds * 3 / 2;

    if (late || reference->count < kVospiSegmentPackets)
        reference->wanted = 1;
    reference->began = microseconds;
    reference->count = 0;
    reference->broken = reference->ignored = false;
}

/* Gives up the frame and what is left of this period. */
static inline void reference_abort(ReferenceAssembler *reference)
{
    reference->wanted = 1;
    reference->ignored = true;
}

/* A whole period has come: true if `frame` is delivered. */
static inline bool reference_finish(ReferenceAssembler *reference)
{
    if (reference->broken || (reference->number != 1 && reference->number != reference->wanted)) {
        reference->wanted = 1;
        return false;
    }
    memcpy(reference->frame[reference->number - 1], reference->period, sizeof reference->period);
    reference->wanted = reference->number % kVospiSegments + 1;
    return reference->number == kVospiSegments && reference_plausible(reference);
}

/* Takes a packet; true if `frame` is delivered with it. */
static inline bool reference_packet(ReferenceAssembler *reference, const uint8_t *packet)
{
    if ((packet[0] & 0x0f) == 0x0f || reference->count == kVospiSegmentPackets || reference->ignored)
        return false;
    reference->broken |= !reference_right(packet, reference->count);
    if (reference->count == kVospiNumberPacket)
        reference->number = packet[0] >> 4 & 7;
    memcpy(reference->period[reference->count], packet + kVospiHeaderBytes, kVospiPayloadBytes);
    return ++reference->count == kVospiSegmentPackets && reference_finish(reference);
}

/* Whether `frame` has the reference's pixels and telemetry. */
static inline bool reference_equals(const ReferenceAssembler *reference, const VospiFrame *frame)
{
    const uint8_t *bytes = reference->frame[0][0];
    return !memcmp(frame->pixels, bytes, kVospiPixelBytes) && !memcmp(frame->telemetry, bytes + kVospiPixelBytes, kVospiTelemetryBytes);
}

#endif
