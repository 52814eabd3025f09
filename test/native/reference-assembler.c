/* SPDX-License-Identifier: Apache-2.0 */
#include "reference-assembler.h"

#include <string.h>

void reference_init(ReferenceAssembler *reference)
{
    memset(reference, 0, sizeof *reference);
    reference->wanted = 1;
}

/* The CRC of one byte after `crc`, bit by bit. */
static uint16_t reference_step(uint32_t crc, uint32_t byte)
{
    crc ^= byte << 8;
    for (int bit = 0; bit < 8; bit++)
        crc = crc << 1 ^ (crc & 0x8000 ? 0x11021 : 0);
    return (uint16_t)crc;
}

static uint16_t reference_crc(const uint8_t *packet)
{
    static uint16_t steps[256];
    uint32_t crc = 0;

    if (!steps[1])
        for (uint32_t byte = 0; byte < 256; byte++)
            steps[byte] = reference_step(0, byte);
    for (int i = 0; i < kVospiPacketBytes; i++) {
        uint32_t byte = i == 0 ? packet[i] & 0x0fu : i == 2 || i == 3 ? 0 : packet[i];
        crc = (crc << 8 & 0xffff) ^ steps[crc >> 8 ^ byte];
    }
    return (uint16_t)crc;
}

/* Whether the CRC is right. Packets with a right one are kept, as most come again and again. */
static bool reference_signed(const uint8_t *packet)
{
    enum { kKept = 1024 };
    static uint8_t kept[kKept][kVospiPacketBytes];
    uint32_t crc = (uint32_t)(packet[2] << 8 | packet[3]);

    if (!memcmp(kept[crc % kKept], packet, kVospiPacketBytes))
        return true;
    if (crc != reference_crc(packet))
        return false;
    memcpy(kept[crc % kKept], packet, kVospiPacketBytes);
    return true;
}

static bool reference_right(const uint8_t *packet, uint32_t number)
{
    static const uint8_t zero[kVospiPacketBytes];

    return memcmp(packet, zero, sizeof zero) && ((packet[0] & 0x0fu) << 8 | packet[1]) == number && reference_signed(packet);
}

static uint32_t reference_long(const ReferenceAssembler *reference, uint32_t word)
{
    const uint8_t *row = reference->frame[kVospiSegments - 1][kVospiSegmentPackets - 4];
    return vospi_word(row, word) | (uint32_t)vospi_word(row, word + 1) << 16;
}

/* Format 7, the revision of the frame before, and counter and uptime that go on, or both back after a reset. */
static bool reference_plausible(ReferenceAssembler *reference)
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

void reference_vsync(ReferenceAssembler *reference, uint64_t microseconds)
{
    bool late = microseconds - reference->began > kVospiPeriodMicroseconds * 3 / 2;

    if (late || reference->count < kVospiSegmentPackets)
        reference->wanted = 1;
    reference->began = microseconds;
    reference->count = 0;
    reference->broken = reference->ignored = false;
}

void reference_abort(ReferenceAssembler *reference)
{
    reference->wanted = 1;
    reference->ignored = true;
}

/* A whole period has come: true if `frame` is delivered. */
static bool reference_finish(ReferenceAssembler *reference)
{
    if (reference->broken || (reference->number != 1 && reference->number != reference->wanted)) {
        reference->wanted = 1;
        return false;
    }
    memcpy(reference->frame[reference->number - 1], reference->period, sizeof reference->period);
    reference->wanted = reference->number % kVospiSegments + 1;
    return reference->number == kVospiSegments && reference_plausible(reference);
}

bool reference_packet(ReferenceAssembler *reference, const uint8_t *packet)
{
    if ((packet[0] & 0x0f) == 0x0f || reference->count == kVospiSegmentPackets || reference->ignored)
        return false;
    reference->broken = reference->broken || !reference_right(packet, reference->count);
    if (reference->count == kVospiNumberPacket)
        reference->number = packet[0] >> 4 & 7;
    memcpy(reference->period[reference->count], packet + kVospiHeaderBytes, kVospiPayloadBytes);
    return ++reference->count == kVospiSegmentPackets && reference_finish(reference);
}

bool reference_equals(const ReferenceAssembler *reference, const VospiFrame *frame)
{
    const uint8_t *bytes = reference->frame[0][0];
    return !memcmp(frame->pixels, bytes, kVospiPixelBytes) && !memcmp(frame->telemetry, bytes + kVospiPixelBytes, kVospiTelemetryBytes);
}
