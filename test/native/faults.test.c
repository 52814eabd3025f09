/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Faults of every kind on the bus, ten thousand of each: no frame that comes out may hold anything but one picture of the sensor,
 * frames must go on coming, and they are exactly those of the reference assembler. A frame's every pixel is made from its number, so that one foreign packet shows.
 *
 * Bit errors are of the kinds a CRC-16 of this polynomial finds for certain in a packet (three bits, or 16 in a row): what it finds
 * with a probability of 65535/65536 only would be a test of the random numbers.
 */
#include "rig.h"

#include <string.h>

enum { kFaults = 10000, kEmptySegments = 1 };

static uint8_t *packet_at(uint8_t *stream, uint32_t index)
{
    return stream + index * kVospiPacketBytes;
}

static uint32_t any_packet(Rig *rig)
{
    return random_below(&rig->random, kVospiSegmentPackets);
}

static void flip(uint8_t *bytes, uint32_t bit)
{
    bytes[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
}

/* One to three bits of the `bits` from `bytes` on; the same bit twice would be no fault. */
static void flip_bits(Rig *rig, uint8_t *bytes, uint32_t bits)
{
    uint32_t count = 1 + random_below(&rig->random, 3), first = random_below(&rig->random, bits);

    for (uint32_t i = 0; i < count; i++)
        flip(bytes, (first + i * (bits / 3)) % bits);
}

static void header_bits(Rig *rig, uint8_t *stream)
{
    flip_bits(rig, packet_at(stream, any_packet(rig)), 8 * kVospiHeaderBytes);
}

static void payload_bits(Rig *rig, uint8_t *stream)
{
    flip_bits(rig, packet_at(stream, any_packet(rig)) + kVospiHeaderBytes, 8 * kVospiPayloadBytes);
}

static void burst(Rig *rig, uint8_t *stream)
{
    uint8_t *payload = packet_at(stream, any_packet(rig)) + kVospiHeaderBytes;
    uint32_t length = 2 + random_below(&rig->random, 15), first = random_below(&rig->random, 8 * kVospiPayloadBytes - length + 1);

    flip(payload, first);
    flip(payload, first + length - 1);
    for (uint32_t i = 1; i + 1 < length; i++)
        if (random_below(&rig->random, 2))
            flip(payload, first + i);
}

static void drop(Rig *rig, uint8_t *stream)
{
    uint32_t count = 1 + random_below(&rig->random, 4), first = random_below(&rig->random, kVospiSegmentPackets - count + 1);

    memmove(packet_at(stream, first), packet_at(stream, first + count), (kRigPackets - first - count) * kVospiPacketBytes);
}

static void insert_room(uint8_t *stream, uint32_t first, uint32_t count)
{
    memmove(packet_at(stream, first + count), packet_at(stream, first), (kRigPackets - first - count) * kVospiPacketBytes);
}

static void duplicate(Rig *rig, uint8_t *stream)
{
    insert_room(stream, any_packet(rig), 1);
}

static void swap(Rig *rig, uint8_t *stream)
{
    uint8_t kept[kVospiPacketBytes];
    uint32_t a = any_packet(rig), b = (a + 1 + random_below(&rig->random, kVospiSegmentPackets - 1)) % kVospiSegmentPackets;

    memcpy(kept, packet_at(stream, a), sizeof kept);
    memcpy(packet_at(stream, a), packet_at(stream, b), sizeof kept);
    memcpy(packet_at(stream, b), kept, sizeof kept);
}

static void wrong_number(Rig *rig, uint8_t *stream)
{
    uint32_t number = model_number(&rig->model);
    packet_at(stream, kVospiNumberPacket)[0] = (uint8_t)((number + 1 + random_below(&rig->random, 7)) % 8 << 4);
}

/* VSYNCs missed, most often so many that the segment number is the one expected, of a later frame. */
static void mixed_frames(Rig *rig, uint8_t *stream)
{
    uint32_t period = kVospiSegments + rig->model.emptySegments;
    uint32_t missed = random_below(&rig->random, 4) ? period * (1 + random_below(&rig->random, 3)) : 1 + random_below(&rig->random, 20);

    model_advance(&rig->model, missed);
    model_write(&rig->model, stream);
}

/* The sensor sends the segment before once more. */
static void stale_segment(Rig *rig, uint8_t *stream)
{
    SensorModel model = rig->model;
    model.step = (model.step + kVospiSegments + model.emptySegments - 1) % (kVospiSegments + model.emptySegments);
    model_write(&model, stream);
}

static void zeros(Rig *rig, uint8_t *stream)
{
    uint32_t first = any_packet(rig), count = 1 + random_below(&rig->random, kVospiSegmentPackets - first);

    if (random_below(&rig->random, 2))
        memset(packet_at(stream, first), 0, count * kVospiPacketBytes);
    else
        memset(stream, 0, kRigPackets * kVospiPacketBytes);
}

static void discards(Rig *rig, uint8_t *stream)
{
    uint32_t first = random_below(&rig->random, 2) ? 0 : any_packet(rig), count = 1 + random_below(&rig->random, kVospiSegmentPackets);

    insert_room(stream, first, count);
    for (uint32_t i = first; i < first + count; i++)
        model_write_discard(packet_at(stream, i));
}

static void truncated(Rig *rig, uint8_t *stream)
{
    for (uint32_t i = any_packet(rig); i < kVospiSegmentPackets; i++)
        model_write_discard(packet_at(stream, i));
}

static void from_the_middle(Rig *rig, uint8_t *stream)
{
    uint32_t first = 1 + random_below(&rig->random, kVospiSegmentPackets - 1);
    memmove(stream, packet_at(stream, first), (kRigPackets - first) * kVospiPacketBytes);
}

/* All bits from somewhere on come one to seven places late. */
static void shifted(Rig *rig, uint8_t *stream)
{
    uint32_t first = random_below(&rig->random, 2) ? 0 : random_below(&rig->random, kVospiSegmentBytes), places = 1 + random_below(&rig->random, 7);

    for (uint32_t i = kRigPackets * kVospiPacketBytes - 1; i > first; i--)
        stream[i] = (uint8_t)(stream[i] >> places | stream[i - 1] << (8 - places));
    stream[first] >>= places;
}

static void garbage(Rig *rig, uint8_t *stream)
{
    uint8_t *packet = packet_at(stream, any_packet(rig));
    for (uint32_t i = 0; i < kVospiPacketBytes; i++)
        packet[i] = (uint8_t)random_next(&rig->random);
}

/* Every empty segment takes one of the numbers, and every other one is taken for empty. */
static void swapped_numbers(Rig *rig, uint8_t *stream)
{
    packet_at(stream, kVospiNumberPacket)[0] = model_number(&rig->model) ? 0 : (uint8_t)((1 + random_below(&rig->random, 4)) << 4);
}

/* The last packets of another segment, of this frame or another one, in their places. */
static void mixed_segments(Rig *rig, uint8_t *stream)
{
    SensorModel other = rig->model;
    _Alignas(4) uint8_t segment[kVospiSegmentBytes];
    uint32_t first = any_packet(rig);

    model_advance(&other, 1 + random_below(&rig->random, 2 * (kVospiSegments + other.emptySegments)));
    model_write(&other, segment);
    memcpy(packet_at(stream, first), segment + first * kVospiPacketBytes, (kVospiSegmentPackets - first) * kVospiPacketBytes);
}

/* Places that the recognition of an empty segment looks at, and their neighbours. */
static void telling_packets(Rig *rig, uint8_t *stream)
{
    static const uint8_t places[] = {0, 1, 9, 10, 11, 19, 20, 21, 39, 40, 41, 59, 60};
    uint8_t *packet = packet_at(stream, places[random_below(&rig->random, sizeof places)]);

    flip_bits(rig, packet, random_below(&rig->random, 2) ? 16 : 8 * kVospiPacketBytes);
}

/* The sensor has no telemetry for a segment: 60 packets, and the number in its place. */
static void without_telemetry(Rig *rig, uint8_t *stream)
{
    (void)rig;
    model_write_discard(packet_at(stream, kVospiSegmentPackets - 1));
}

/* The sensor has telemetry in the header for a segment: all payloads are those of four packets earlier in the frame. */
static void telemetry_in_header(Rig *rig, uint8_t *stream)
{
    uint8_t payloads[kVospiSegmentPackets][kVospiPayloadBytes];
    (void)rig;

    for (uint32_t i = 0; i < kVospiSegmentPackets; i++)
        memcpy(payloads[(i + 4) % kVospiSegmentPackets], packet_at(stream, i) + kVospiHeaderBytes, kVospiPayloadBytes);
    for (uint32_t i = 0; i < kVospiSegmentPackets; i++) {
        memcpy(packet_at(stream, i) + kVospiHeaderBytes, payloads[i], kVospiPayloadBytes);
        model_sign(packet_at(stream, i));
    }
}

/* Faults that make up a picture of right packets in their places that the sensor never had: no CRC can show it. */
static const Fault kUndetectable[] = {mixed_segments, telemetry_in_header};

static void any_fault(Rig *rig, uint8_t *stream)
{
    static const Fault faults[] = {header_bits, payload_bits, burst, drop, duplicate, swap, wrong_number, mixed_frames, stale_segment, zeros, discards, truncated,
                                   from_the_middle, shifted, garbage, swapped_numbers, telling_packets, without_telemetry, mixed_segments, telemetry_in_header};
    uint32_t count = 1 + random_below(&rig->random, 2);

    while (count--)
        faults[random_below(&rig->random, sizeof faults / sizeof *faults)](rig, stream);
}

static bool detectable(Fault fault)
{
    return fault != any_fault && fault != kUndetectable[0] && fault != kUndetectable[1];
}

/*
 * Every segment has a fault with a chance of one in `kEvery`, so faults also meet in one frame; and the next whole frame the sensor
 * sends without any must come out.
 */
static void inject(Fault fault, uint64_t seed)
{
    enum { kEvery = 3 };
    static Rig rig;
    uint32_t faults = 0;

    rig_init(&rig, seed);
    rig.compared = true;
    rig.model.emptySegments = kEmptySegments;
    while (faults < kFaults) {
        bool faulty = random_below(&rig.random, kEvery) == 0;
        faults += faulty;
        rig_vsync(&rig, faulty ? fault : NULL);
        EXPECT(!rig.corrupt || !detectable(fault), "after %u faults: %s", faults, rig.text);
        EXPECT(!rig.differences, "after %u faults: not what the reference delivers", faults);
        EXPECT(!rig.repeated || !detectable(fault), "after %u faults: frame %u came again or late", faults, rig.latest);
    }
    EXPECT(rig.delivered > kFaults / 20, "%u frames delivered over %u faults", rig.delivered, faults);
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t period = kVospiSegments + kEmptySegments, delivered = rig.delivered;
        for (uint32_t step = 0; step < period * (i ? 1 : 3); step++)
            rig_vsync(&rig, NULL);
        EXPECT(rig.delivered > delivered, "no frame after the faults were over");
    }
    EXPECT(!rig.corrupt || !detectable(fault), "%s", rig.text);
    EXPECT(!rig.differences, "after the faults: not what the reference delivers");
    printf("    %u faults, %u frames delivered, %u corrupt, %u resyncs\n", faults, rig.delivered, rig.corrupt, rig.resyncs);
}

TEST("faults: bit errors in packet headers") { inject(header_bits, 1); }
TEST("faults: bit errors in payloads") { inject(payload_bits, 2); }
TEST("faults: bursts of bit errors") { inject(burst, 3); }
TEST("faults: dropped packets") { inject(drop, 4); }
TEST("faults: duplicated packets") { inject(duplicate, 5); }
TEST("faults: swapped packets") { inject(swap, 6); }
TEST("faults: wrong segment numbers") { inject(wrong_number, 7); }
TEST("faults: segments of different frames after missed VSYNCs") { inject(mixed_frames, 8); }
TEST("faults: segments sent again") { inject(stale_segment, 9); }
TEST("faults: all-zero packets and an all-zero bus") { inject(zeros, 11); }
TEST("faults: discard packets before and within segments") { inject(discards, 12); }
TEST("faults: segments cut short") { inject(truncated, 13); }
TEST("faults: segments from their middle") { inject(from_the_middle, 14); }
TEST("faults: shifted bits") { inject(shifted, 15); }
TEST("faults: garbage packets") { inject(garbage, 16); }
TEST("faults: empty segments with a number, others without") { inject(swapped_numbers, 17); }
TEST("faults: bit errors where an empty segment is recognised") { inject(telling_packets, 18); }
TEST("faults: segments without telemetry") { inject(without_telemetry, 19); }
TEST("faults: segments with telemetry in the header") { inject(telemetry_in_header, 20); }
TEST("faults: segments mixed from two") { inject(mixed_segments, 21); }
TEST("faults: all of them, several at a time") { inject(any_fault, 22); }
