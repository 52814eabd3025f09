/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <string.h>
#undef memcpy
#undef memset
#include "base64-codec.h"
#include "vospi-crc.h"

_Alignas(4) uint8_t fixture_segments[kVospiSegments][kVospiSegmentBytes];
VospiFrame fixture_frame;
ImageEncoderTable fixture_table;
VospiStatistics fixture_statistics;
VospiAssembler fixture_assembler;
uint8_t fixture_text[(kFixtureBytes + 2) / 3 * 4];
uint8_t fixture_command[sizeof fixture_text + 100];
size_t fixture_command_size;

void *memcpy(void *to, const void *from, size_t count)
{
    uint8_t *at = to;
    const uint8_t *source = from;
    while (count--)
        *at++ = *source++;
    return to;
}

void *memmove(void *to, const void *from, size_t count)
{
    uint8_t *at = to;
    const uint8_t *source = from;
    if (at <= source)
        return memcpy(to, from, count);
    while (count--)
        at[count] = source[count];
    return to;
}

void *memset(void *to, int byte, size_t count)
{
    uint8_t *at = to;
    while (count--)
        *at++ = (uint8_t)byte;
    return to;
}

uint16_t fixture_word(uint32_t index)
{
    if (index < kVospiPixels)
        return (uint16_t)(index * 40503u >> 3);
    index -= kVospiPixels;
    return index == kVospiTelemetryFormat ? kVospiFormatRaw14 : 0;
}

static void prepare_packet(uint8_t *packet, uint32_t segment, uint32_t number, bool numbered)
{
    packet[1] = (uint8_t)number;
    for (uint32_t i = 0; i < kVospiPayloadWords; i++) {
        uint16_t word = fixture_word((segment * kVospiSegmentPackets + number) * kVospiPayloadWords + i);
        packet[kVospiHeaderBytes + 2 * i] = (uint8_t)(word >> 8);
        packet[kVospiHeaderBytes + 2 * i + 1] = (uint8_t)word;
    }
    uint16_t crc = vospi_crc_packet(packet);
    packet[2] = (uint8_t)(crc >> 8);
    packet[3] = (uint8_t)crc;
    if (number == kVospiNumberPacket && numbered)
        packet[0] = (uint8_t)((segment + 1) << 4);
}

uint8_t fixture_byte(uint32_t index)
{
    return (uint8_t)(index * 40503u >> 8);
}

static void prepare_text(void)
{
    static uint8_t bytes[kFixtureBytes];
    for (uint32_t i = 0; i < kFixtureBytes; i++)
        bytes[i] = fixture_byte(i);
    base64_encode((char *)fixture_text, bytes, kFixtureBytes);
}

static size_t append(uint8_t *target, const void *bytes, size_t count)
{
    memcpy(target, bytes, count);
    return count;
}

static void prepare_command(void)
{
    static const char kHead[] = "\x02{\"cmd\":\"fw_segment\",\"args\":{\"start\":1024000,\"length\":8192,\"data\":\"", kTail[] = "\"}}\x03";
    size_t at = append(fixture_command, kHead, sizeof kHead - 1);
    at += append(fixture_command + at, fixture_text, sizeof fixture_text);
    fixture_command_size = at + append(fixture_command + at, kTail, sizeof kTail - 1);
}

void fixture_prepare(bool numbered)
{
    prepare_text();
    prepare_command();
    image_encoder_fill_table(&fixture_table);
    for (uint32_t segment = 0; segment < kVospiSegments; segment++)
        for (uint32_t number = 0; number < kVospiSegmentPackets; number++)
            prepare_packet(fixture_segments[segment] + number * kVospiPacketBytes, segment, number, numbered);
    vospi_assembler_init(&fixture_assembler, &fixture_statistics);
    fixture_assembler.frame = &fixture_frame;
}
