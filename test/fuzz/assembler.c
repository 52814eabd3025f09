/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Fuzzes the assembler against its definition: a frame may come out only if the last four VSYNC periods, at most one and a half periods
 * apart, each brought the packets 0 to 60 in order and with right checksums, numbered 1 to 4; and then it holds their payloads.
 * The input is a program: each byte an operation (low three bits) with an argument (high five bits).
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sensor-model.h"
#include "vospi-assembler.h"
#include "vospi-crc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { kVsync, kPackets, kSegment, kDiscards, kZero, kCorrupt, kForge, kSkip };

/* What one VSYNC period brought, kept by the definition. */
typedef struct Period {
    uint64_t began;
    uint32_t count; /* packets that were no discards, up to kVospiSegmentPackets */
    bool good;
    uint8_t number;
    uint8_t packets[kVospiSegmentBytes];
} Period;

typedef struct Fuzz {
    SensorModel model;
    VospiAssembler assembler;
    VospiStatistics statistics;
    VospiFrame frame;
    uint64_t now;
    uint32_t next; /* packet of the model's segment */
    uint32_t latest;
    Period periods[kVospiSegments]; /* a ring */
    uint8_t segment[kVospiSegmentBytes];
} Fuzz;

static Fuzz fuzz;

static void require(bool condition)
{
    if (!condition)
        abort();
}

static Period *period(uint32_t ago)
{
    return &fuzz.periods[(fuzz.latest + kVospiSegments - ago) % kVospiSegments];
}

static bool all_zero(const uint8_t *packet)
{
    for (int i = 0; i < kVospiPacketBytes; i++)
        if (packet[i])
            return false;
    return true;
}

static void keep(const uint8_t *packet)
{
    Period *now = period(0);
    if ((packet[0] & 0x0f) == 0x0f || now->count == kVospiSegmentPackets)
        return;
    uint32_t number = (packet[0] & 0x0fu) << 8 | packet[1];
    now->good &= number == now->count && vospi_crc_field(packet) == vospi_crc_packet(packet) && !all_zero(packet);
    if (now->count == kVospiNumberPacket)
        now->number = packet[0] >> 4 & 7;
    memcpy(now->packets + now->count++ * kVospiPacketBytes, packet, kVospiPacketBytes);
}

static uint16_t word_at(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static void check_frame(void)
{
    for (uint32_t segment = 0; segment < kVospiSegments; segment++) {
        const Period *its = period(kVospiSegments - 1 - segment);
        require(its->good && its->count == kVospiSegmentPackets && its->number == segment + 1);
        require(!segment || its->began - period(kVospiSegments - segment)->began <= kVospiPeriodMicroseconds * 3 / 2);
        for (uint32_t i = 0; i < kVospiSegmentPackets * kVospiPayloadWords; i++) {
            uint32_t packet = i / kVospiPayloadWords, at = segment * kVospiSegmentPackets * kVospiPayloadWords + i;
            uint16_t word = word_at(its->packets + packet * kVospiPacketBytes + kVospiHeaderBytes + i % kVospiPayloadWords * 2);
            if (at < kVospiPixels)
                require(vospi_word(fuzz.frame.pixels, at) == word);
            else if (at < kVospiPixels + kVospiTelemetryWords)
                require(vospi_word(fuzz.frame.telemetry, at - kVospiPixels) == word);
        }
    }
}

static void take(const uint8_t *packet)
{
    VospiAssembler *assembler = &fuzz.assembler;

    keep(packet);
    vospi_assembler_packet(assembler, packet);
    require(assembler->expected >= 1 && assembler->expected <= kVospiSegments);
    require(assembler->segment.next <= kVospiSegmentPackets);
    if (assembler->complete) {
        check_frame();
        assembler->complete = false;
    }
}

static void vsync(uint32_t argument)
{
    fuzz.now += argument ? argument * 1000u : kVospiPeriodMicroseconds;
    fuzz.latest++;
    *period(0) = (Period){.began = fuzz.now, .good = true};
    vospi_assembler_vsync(&fuzz.assembler, fuzz.now);
    model_advance(&fuzz.model, 1);
    model_write(&fuzz.model, fuzz.segment);
    fuzz.next = 0;
}

static const uint8_t *next_packet(void)
{
    return fuzz.segment + fuzz.next++ % kVospiSegmentPackets * kVospiPacketBytes;
}

/* A packet with bytes changed as the input says. */
static size_t changed_packet(const uint8_t *data, size_t size, uint32_t changes, bool sign)
{
    uint8_t packet[kVospiPacketBytes];
    size_t used = 0;

    memcpy(packet, next_packet(), sizeof packet);
    for (; changes && used + 2 <= size; changes--, used += 2)
        packet[data[used] % sizeof packet] ^= data[used + 1];
    if (sign)
        model_sign(packet);
    take(packet);
    return used;
}

static size_t perform(const uint8_t *data, size_t size)
{
    uint32_t operation = data[0] & 7, argument = data[0] >> 3;
    uint8_t packet[kVospiPacketBytes] = {0};

    switch (operation) {
    case kVsync:
        vsync(argument);
        break;
    case kPackets:
        for (uint32_t i = 0; i <= argument; i++)
            take(next_packet());
        break;
    case kSegment:
        for (uint32_t i = 0; i < kVospiSegmentPackets; i++)
            take(next_packet());
        break;
    case kDiscards:
        model_write_discard(packet);
        for (uint32_t i = 0; i <= argument; i++)
            take(packet);
        break;
    case kZero:
        take(packet);
        break;
    case kSkip:
        fuzz.next += argument;
        break;
    default:
        return 1 + changed_packet(data + 1, size - 1, argument, operation == kForge);
    }
    return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    memset(&fuzz, 0, sizeof fuzz);
    model_init(&fuzz.model);
    fuzz.model.emptySegments = 1;
    fuzz.model.step = kVospiSegments;
    vospi_assembler_init(&fuzz.assembler, &fuzz.statistics);
    fuzz.assembler.frame = &fuzz.frame;
    vsync(0);
    while (size) {
        size_t used = perform(data, size);
        data += used;
        size -= used;
    }
    return 0;
}
