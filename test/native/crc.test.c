/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <string.h>
#include "vospi-crc.h"
#include "vospi-format.h"

/* The definition, bit by bit: polynomial x^16 + x^12 + x^5 + 1, the ID's top four bits and the CRC field as zero. */
static uint16_t crc_by_definition(const uint8_t *packet)
{
    uint32_t crc = 0;

    for (int i = 0; i < kVospiPacketBytes; i++) {
        uint8_t byte = i == 0 ? packet[i] & 0x0f : i == 2 || i == 3 ? 0 : packet[i];
        crc ^= (uint32_t)byte << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 0x8000 ? (crc << 1 ^ 0x1021) & 0xffff : crc << 1;
    }
    return (uint16_t)crc;
}

static void fill(uint8_t *packet, int number, uint16_t first, uint16_t step)
{
    memset(packet, 0, kVospiPacketBytes);
    packet[1] = (uint8_t)number;
    for (int i = 0; i < kVospiPayloadWords; i++, first = (uint16_t)(first + step)) {
        packet[kVospiHeaderBytes + 2 * i] = (uint8_t)(first >> 8);
        packet[kVospiHeaderBytes + 2 * i + 1] = (uint8_t)first;
    }
}

/* Payloads and their CRCs, worked out apart from this program; the ramp's is the word the datasheet shows to explain bit order. */
TEST("crc: known packets have the known checksum")
{
    static const struct {
        int number;
        uint16_t first, step, crc;
    } vectors[] = {
        {0, 0, 0, 0x0000}, {1, 0, 0, 0x654c}, {20, 0, 0, 0xb117}, {0, 30000, 0, 0x0021}, {59, 8192, 0, 0x21f2}, {0, 0, 1, 0x8c08},
    };
    _Alignas(4) uint8_t packet[kVospiPacketBytes];

    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        fill(packet, vectors[i].number, vectors[i].first, vectors[i].step);
        EXPECT_EQUAL(vospi_crc_packet(packet), vectors[i].crc);
    }
}

TEST("crc: the segment number and the CRC field do not count")
{
    _Alignas(4) uint8_t packet[kVospiPacketBytes];

    fill(packet, 20, 0, 0);
    for (int number = 0; number < 16; number++) {
        packet[0] = (uint8_t)(number << 4);
        packet[2] = packet[3] = (uint8_t)(number * 17);
        EXPECT_EQUAL(vospi_crc_packet(packet), 0xb117);
    }
}

TEST("crc: equals the definition for any packet, and copies its payload")
{
    Random random = {1};
    _Alignas(4) uint8_t packet[kVospiPacketBytes];
    /* The byte before the payload and the one after it must stay. */
    _Alignas(4) uint8_t memory[4 + kVospiPayloadBytes + 4];

    for (int run = 0; run < 20000; run++) {
        for (int i = 0; i < kVospiPacketBytes; i++)
            packet[i] = (uint8_t)random_next(&random);
        EXPECT_EQUAL(vospi_crc_packet(packet), crc_by_definition(packet));
        memset(memory, run, sizeof memory);
        EXPECT_EQUAL(vospi_crc_copy(memory + 4, packet), crc_by_definition(packet));
        EXPECT(!memcmp(memory + 4, packet + kVospiHeaderBytes, kVospiPayloadBytes), "not the payload");
        EXPECT_EQUAL(memory[3], run & 0xff);
        EXPECT_EQUAL(memory[4 + kVospiPayloadBytes], run & 0xff);
    }
}
