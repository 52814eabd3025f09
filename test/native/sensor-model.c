/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor-model.h"

#include <stdio.h>
#include <string.h>
#include "vospi-crc.h"

void model_init(SensorModel *model)
{
    *model = (SensorModel){.frame = 1, .emptySegments = kModelEmptySegments, .microseconds = 1000000};
}

uint16_t model_pixel(uint32_t frame, uint32_t index)
{
    return (uint16_t)(frame * 40503u + (index * 2654435761u >> 15));
}

uint16_t model_telemetry(uint32_t frame, uint32_t index)
{
    uint32_t uptime = frame * 114;

    switch (index) {
    case kVospiTelemetryRevision:
        return 0x000e;
    case kVospiTelemetryTime:
        return (uint16_t)uptime;
    case kVospiTelemetryTime + 1:
        return (uint16_t)(uptime >> 16);
    case kVospiTelemetryFrame:
        return (uint16_t)frame;
    case kVospiTelemetryFrame + 1:
        return (uint16_t)(frame >> 16);
    case kVospiTelemetryFormat:
        return kVospiFormatRaw14;
    case kVospiTelemetryFormat + 1:
        return 0;
    default:
        return (uint16_t)(frame * 31 + index);
    }
}

uint32_t model_number(const SensorModel *model)
{
    return model->step < kVospiSegments && !model->frozen ? model->step + 1 : 0;
}

void model_advance(SensorModel *model, uint32_t count)
{
    for (; count; count--) {
        model->microseconds += kVospiPeriodMicroseconds;
        if (++model->step >= kVospiSegments + model->emptySegments) {
            model->step = 0;
            model->frame += !model->frozen;
        }
    }
}

void model_sign(uint8_t *packet)
{
    uint16_t crc = vospi_crc_packet(packet);
    packet[2] = (uint8_t)(crc >> 8);
    packet[3] = (uint8_t)crc;
}

void model_write_discard(uint8_t *packet)
{
    memset(packet, 0, kVospiPacketBytes);
    packet[0] = 0x1f;
    packet[1] = packet[2] = packet[3] = 0xff;
}

/* The packets at `place` of a frame, without a segment number; the CRC does not cover it. */
static void write_packets(uint8_t *bytes, uint32_t frame, uint32_t place)
{
    for (uint32_t packet = 0; packet < kVospiSegmentPackets; packet++, bytes += kVospiPacketBytes) {
        uint32_t index = place * kVospiSegmentPackets + packet;
        bytes[0] = 0;
        bytes[1] = (uint8_t)packet;
        for (uint32_t i = 0; i < kVospiPayloadWords; i++) {
            uint32_t at = index * kVospiPayloadWords + i;
            uint16_t word = at < kVospiPixels ? model_pixel(frame, at)
                                              : at - kVospiPixels < kVospiTelemetryWords ? model_telemetry(frame, at - kVospiPixels) : 0;
            bytes[kVospiHeaderBytes + 2 * i] = (uint8_t)(word >> 8);
            bytes[kVospiHeaderBytes + 2 * i + 1] = (uint8_t)word;
        }
        model_sign(bytes);
    }
}

void model_write(const SensorModel *model, uint8_t *bytes)
{
    /* Empty segments repeat the frame before them: what is at a place is computed once. */
    static _Thread_local struct {
        uint32_t frame;
        bool written;
        _Alignas(4) uint8_t bytes[kVospiSegmentBytes];
    } kept[kVospiSegments];
    uint32_t number = model_number(model), place = number ? number - 1 : model->step % kVospiSegments;

    if (!kept[place].written || kept[place].frame != model->frame) {
        write_packets(kept[place].bytes, model->frame, place);
        kept[place].written = true;
        kept[place].frame = model->frame;
    }
    memcpy(bytes, kept[place].bytes, kVospiSegmentBytes);
    bytes[kVospiNumberPacket * kVospiPacketBytes] = (uint8_t)(number << 4);
}

bool model_check(const VospiFrame *frame, char *text, uint32_t size)
{
    uint32_t number = vospi_word(frame->telemetry, kVospiTelemetryFrame) | (uint32_t)vospi_word(frame->telemetry, kVospiTelemetryFrame + 1) << 16;

    for (uint32_t i = 0; i < kVospiTelemetryWords; i++) {
        uint16_t word = vospi_word(frame->telemetry, i);
        if (word != model_telemetry(number, i)) {
            snprintf(text, size, "frame %u: telemetry word %u is %u, expected %u", number, i, word, model_telemetry(number, i));
            return false;
        }
    }
    for (uint32_t i = 0; i < kVospiPixels; i++) {
        uint16_t word = vospi_word(frame->pixels, i);
        if (word != model_pixel(number, i)) {
            uint32_t index = i / kVospiPayloadWords;
            snprintf(text, size, "frame %u: row %u column %u (segment %u packet %u) is %u, expected %u", number, i / kVospiColumns, i % kVospiColumns,
                     index / kVospiSegmentPackets + 1, index % kVospiSegmentPackets, word, model_pixel(number, i));
            return false;
        }
    }
    return true;
}
