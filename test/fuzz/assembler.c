/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Fuzzes the assembler against the reference assembler, which is given the same packets: a frame must come out of both
 * with the same packet and the same bytes, or of neither.
 * The input is a program: each byte an operation (low three bits) with an argument (high five bits).
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model-segments.h"
#include "reference-assembler.h"
#include "vospi-assembler.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* kAlter without changes is a packet of zeros; with changes they are made in the model's segment, which stays so. */
enum { kVsync, kPackets, kSegment, kDiscards, kAlter, kCorrupt, kForge, kSkip };

typedef struct Fuzz {
    SensorModel model;
    VospiAssembler assembler;
    VospiStatistics statistics;
    VospiFrame frame;
    ReferenceAssembler reference;
    uint64_t now;
    uint32_t next; /* packet of the model's segment */
    _Alignas(4) uint8_t segment[kVospiSegmentBytes];
} Fuzz;

static Fuzz fuzz;

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void compare(bool due)
{
    VospiAssembler *assembler = &fuzz.assembler;

    require(assembler->segment.next <= kVospiSegmentPackets);
    require(assembler->complete == due);
    require(!due || reference_equals(&fuzz.reference, &fuzz.frame));
    assembler->complete = false;
}

static void take(const uint8_t *packet)
{
    bool due = reference_packet(&fuzz.reference, packet);
    vospi_assembler_packet(&fuzz.assembler, packet);
    compare(due);
}

static void vsync(uint32_t argument)
{
    fuzz.now += argument ? argument * 1000u : kVospiPeriodMicroseconds;
    reference_vsync(&fuzz.reference, fuzz.now);
    vospi_assembler_vsync(&fuzz.assembler, fuzz.now);
    require(fuzz.assembler.expected == fuzz.reference.wanted);
    model_advance(&fuzz.model, 1);
    memcpy(fuzz.segment, model_segment(&fuzz.model), sizeof fuzz.segment);
    fuzz.next = 0;
}

static const uint8_t *next_packet(void)
{
    return fuzz.segment + fuzz.next++ % kVospiSegmentPackets * kVospiPacketBytes;
}

/* All packets of the model's segment, as vospi_reader_packets() takes them. */
static void take_segment(void)
{
    bool due = false;

    if (fuzz.next % kVospiSegmentPackets == 0 && vospi_assembler_empty(&fuzz.assembler, fuzz.segment)) {
        for (uint32_t i = 0; i < kVospiSegmentPackets; i++)
            due |= reference_packet(&fuzz.reference, fuzz.segment + i * kVospiPacketBytes);
        compare(due);
        return;
    }
    for (uint32_t i = 0; i < kVospiSegmentPackets; i++)
        take(next_packet());
}

static size_t alter(const uint8_t *data, size_t size, uint32_t changes)
{
    size_t used = 0;

    for (; changes && used + 3 <= size; changes--, used += 3)
        fuzz.segment[(data[used] | data[used + 1] << 8) % sizeof fuzz.segment] ^= data[used + 2];
    return used;
}

/* A packet with bytes changed as the input says. */
static size_t changed_packet(const uint8_t *data, size_t size, uint32_t changes, bool sign)
{
    _Alignas(4) uint8_t packet[kVospiPacketBytes];
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
    _Alignas(4) uint8_t packet[kVospiPacketBytes] = {0};

    switch (operation) {
    case kVsync:
        vsync(argument);
        break;
    case kPackets:
        for (uint32_t i = 0; i <= argument; i++)
            take(next_packet());
        break;
    case kSegment:
        take_segment();
        break;
    case kDiscards:
        model_write_discard(packet);
        for (uint32_t i = 0; i <= argument; i++)
            take(packet);
        break;
    case kAlter:
        if (argument)
            return 1 + alter(data + 1, size - 1, argument);
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
    reference_init(&fuzz.reference);
    vsync(0);
    while (size) {
        size_t used = perform(data, size);
        data += used;
        size -= used;
    }
    return 0;
}
