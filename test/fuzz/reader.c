/* SPDX-License-Identifier: Apache-2.0 */

/* Fuzzes the reader with whatever a bus may carry: it must stay within a VSYNC period, and always know what to do next. */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model-segments.h"
#include "vospi-reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { kSlots = 3, kPacketsMaximum = 106 };

static VospiFrame frames[kSlots];
static VospiReader reader;
static VospiSlots slots;
static VospiStatistics statistics;
static SensorModel model;
static VospiFrame *held;
static _Alignas(4) uint8_t packets[kVospiSegmentBytes];

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* The next packets on the bus: the model's, with what the input lays over them, again and again. */
static void fill(const uint8_t *data, size_t size, uint32_t from, uint32_t count)
{
    const uint8_t *segment = model_segment(&model);

    for (uint32_t i = 0; i < count; i++)
        memcpy(packets + i * kVospiPacketBytes, segment + (from + i) % kVospiSegmentPackets * kVospiPacketBytes, kVospiPacketBytes);
    /* place, length, bytes */
    while (size > 3) {
        uint32_t place = (uint32_t)(data[0] | data[1] << 8), length = data[2];
        data += 3;
        size -= 3;
        length = length < size ? length : (uint32_t)size;
        for (uint32_t i = 0; i < length && place + i < count * kVospiPacketBytes; i++)
            packets[place + i] ^= data[i];
        data += length;
        size -= length;
    }
}

static void hold_or_release(uint8_t choice)
{
    VospiFrame *frame = choice & 1 ? vospi_slots_take(&slots) : NULL;
    if (frame && held)
        vospi_slots_release(&slots, held);
    if (frame)
        held = frame;
    if (choice == 0xff)
        held = NULL; /* never given back */
}

static void run_period(const uint8_t *data, size_t size, bool disturbed)
{
    VospiStep step = {kVospiMore, kVospiSegmentPackets};
    uint32_t read = 0;

    model_advance(&model, 1);
    vospi_reader_vsync(&reader, model.microseconds, model.microseconds / 1000);
    while (step.next == kVospiMore) {
        require(step.packets >= 1 && step.packets <= kVospiSegmentPackets);
        fill(data, disturbed ? size : 0, read, step.packets);
        read += step.packets;
        require(read <= kPacketsMaximum);
        step = vospi_reader_packets(&reader, packets, step.packets);
    }
    if (step.next == kVospiResync)
        vospi_reader_resynced(&reader);
    require(!(vospi_reader_events(&reader) & ~15u));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    memset(&statistics, 0, sizeof statistics);
    held = NULL;
    model_init(&model);
    model.emptySegments = 1;
    vospi_slots_init(&slots, frames, kSlots);
    vospi_reader_init(&reader, &slots, &statistics);
    require(vospi_reader_start(&reader).next == kVospiResync);
    vospi_reader_resynced(&reader);
    /* Which of up to eight periods are disturbed, and what happens to frames. */
    uint8_t disturbed = data[0], choice = data[1];
    uint32_t periods = 1 + (choice >> 2 & 7), sum = 0;
    /* The first two show most; one execution in four goes on to the frames. */
    for (size_t i = 0; i < size; i++)
        sum = sum * 31 + data[i];
    if (sum % 4)
        periods = 1 + periods % 2;
    for (uint32_t i = 0; i < periods; i++) {
        run_period(data + 2, size - 2, disturbed >> i & 1);
        hold_or_release(choice);
    }
    if (choice & 2)
        vospi_reader_no_vsync(&reader);
    require(statistics.frames <= 2);
    return 0;
}
