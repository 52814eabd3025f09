/* SPDX-License-Identifier: Apache-2.0 */
#include "binary-image.h"

#include <string.h>
#include "vospi-words.h"

/* Telemetry words (datasheet tables "Telemetry Row A" and "Telemetry Row C"); 32-bit values are low word first. */
enum { kTime = 1, kStatus = 3, kTimeAtFfc = 30, kSpotMean = 210 };
enum { kStatusFfcShift = 4, kStatusFfcMask = 3, kStatusAgc = 1 << 12 };
enum { kFfcImminent = 1, kFfcComplete = 3 };
enum { kFfcSettlesMs = 1000 };

static uint8_t *put(uint8_t *target, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        *target++ = (uint8_t)(value >> 8 * i);
    return target;
}

/* Writes bytes `from` to `from + count` of words in wire order, low byte first. */
static void put_swapped(uint8_t *target, const uint8_t *words, size_t from, size_t count)
{
    size_t end = from + count;

    for (; from < end && from % 4; from++)
        *target++ = words[from ^ 1];
    for (; end - from >= 4; from += 4, target += 4) {
        uint32_t pair = *(const VospiWord *)(const void *)(words + from);
        target[0] = (uint8_t)(pair >> 8);
        target[1] = (uint8_t)pair;
        target[2] = (uint8_t)(pair >> 24);
        target[3] = (uint8_t)(pair >> 16);
    }
    for (; from < end; from++)
        *target++ = words[from ^ 1];
}

static uint8_t *put_start(BinaryImage *image, uint8_t version, uint8_t flags, size_t payload)
{
    memcpy(image->head, "TCAM", 4);
    image->head[4] = version;
    image->head[5] = flags;
    return put(put(image->head + 6, kVospiTelemetryBytes, 2), payload, 4);
}

/* Appends the telemetry to the header, which ends at `end`, and returns the length of the message. */
static size_t finish_start(BinaryImage *image, const VospiFrame *frame, const uint8_t *end, const uint8_t *payload, size_t length)
{
    size_t header = (size_t)(end - image->head);

    put_swapped(image->head + header, frame->telemetry, 0, kVospiTelemetryBytes);
    image->head_length = header + kVospiTelemetryBytes;
    image->payload = payload;
    image->payload_length = length;
    image->swaps = payload == frame->pixels;
    image->at = 0;
    return image->head_length + length;
}

size_t binary_image_start_1(BinaryImage *image, const VospiFrame *frame)
{
    uint8_t *end = put_start(image, 1, kBinaryImageTelemetry, kVospiPixelBytes);
    return finish_start(image, frame, end, frame->pixels, kVospiPixelBytes);
}

static uint32_t telemetry_long(const uint8_t *telemetry, uint32_t index)
{
    return vospi_word(telemetry, index) | (uint32_t)vospi_word(telemetry, index + 1) << 16;
}

static uint8_t flags_of(const uint8_t *telemetry)
{
    uint32_t status = vospi_word(telemetry, kStatus), ffc = status >> kStatusFfcShift & kStatusFfcMask;
    bool settling = ffc == kFfcComplete && telemetry_long(telemetry, kTime) - telemetry_long(telemetry, kTimeAtFfc) <= kFfcSettlesMs;
    uint8_t flags = kBinaryImageTelemetry;

    if (settling || (ffc >= kFfcImminent && ffc < kFfcComplete))
        flags |= kBinaryImageFfc;
    if (status & kStatusAgc)
        flags |= kBinaryImageAgc;
    return flags;
}

size_t binary_image_start_2(BinaryImage *image, const VospiFrame *frame, const BinaryImageFacts *facts)
{
    const FrameStatistics *statistics = facts->statistics;
    const uint8_t *payload = facts->compressed ? facts->compressed : frame->pixels;
    size_t length = facts->compressed ? facts->compressed_length : kVospiPixelBytes;
    uint8_t flags = flags_of(frame->telemetry) | (facts->compressed ? kBinaryImageCompressed : 0);

    uint8_t *end = put_start(image, 2, flags, length);
    end = put(end, frame->sequence, 4);
    end = put(end, (uint32_t)frame->captured, 4);
    end = put(end, facts->clock, 8);
    end = put(end, statistics->minimum, 2);
    end = put(end, statistics->maximum, 2);
    end = put(end, statistics->mean, 2);
    end = put(end, vospi_word(frame->telemetry, kSpotMean), 2);
    end = put(end, statistics->minimum_at / kVospiColumns, 1);
    end = put(end, statistics->minimum_at % kVospiColumns, 1);
    end = put(end, statistics->maximum_at / kVospiColumns, 1);
    end = put(end, statistics->maximum_at % kVospiColumns, 1);
    return finish_start(image, frame, end, payload, length);
}

size_t binary_image_read(BinaryImage *image, uint8_t *target, size_t size)
{
    size_t total = image->head_length + image->payload_length, written = 0;

    if (size > total - image->at)
        size = total - image->at;
    if (image->at < image->head_length) {
        size_t left = image->head_length - image->at;
        written = left < size ? left : size;
        memcpy(target, image->head + image->at, written);
    }
    if (written < size) {
        size_t from = image->at + written - image->head_length;
        if (image->swaps)
            put_swapped(target + written, image->payload, from, size - written);
        else
            memcpy(target + written, image->payload + from, size - written);
    }
    image->at += size;
    return size;
}

bool binary_image_done(const BinaryImage *image)
{
    return image->at == image->head_length + image->payload_length;
}
