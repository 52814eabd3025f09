/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include <string.h>

void rig_init(Rig *rig, uint64_t seed)
{
    memset(rig, 0, sizeof *rig);
    rig->random.state = seed;
    model_init(&rig->model);
    reference_init(&rig->reference);
    vospi_slots_init(&rig->slots, rig->frames, kRigSlots);
    vospi_reader_init(&rig->reader, &rig->slots, &rig->statistics);
    if (vospi_reader_start(&rig->reader).next == kVospiResync)
        rig_resync(rig);
}

void rig_resync(Rig *rig)
{
    model_advance(&rig->model, (kVospiResyncMicroseconds + kVospiPeriodMicroseconds - 1) / kVospiPeriodMicroseconds);
    vospi_reader_resynced(&rig->reader);
}

static void take_frame(Rig *rig)
{
    VospiFrame *frame = vospi_slots_take(&rig->slots);
    if (!frame)
        return;
    uint32_t number = vospi_word(frame->telemetry, kVospiTelemetryFrame) | (uint32_t)vospi_word(frame->telemetry, kVospiTelemetryFrame + 1) << 16;
    rig->delivered++;
    if (!model_check(frame, rig->text, sizeof rig->text))
        rig->corrupt++;
    if (number <= rig->latest)
        rig->repeated++;
    rig->latest = number;
    if (rig->compared && !reference_equals(&rig->reference, frame))
        rig->differences++;
    vospi_slots_release(&rig->slots, frame);
}

void rig_vsync_stream(Rig *rig)
{
    VospiStep step = {kVospiMore, kVospiSegmentPackets};
    uint32_t read = 0;
    bool due = false;

    reference_vsync(&rig->reference, rig->model.microseconds);
    vospi_reader_vsync(&rig->reader, rig->model.microseconds, rig->model.microseconds / 1000);
    while (step.next == kVospiMore) {
        uint8_t *packets = rig->stream + read * kVospiPacketBytes;
        read += step.packets;
        for (uint32_t i = 0; rig->compared && i < step.packets; i++)
            due |= reference_packet(&rig->reference, packets + i * kVospiPacketBytes);
        step = vospi_reader_packets(&rig->reader, packets, step.packets);
    }
    uint32_t events = vospi_reader_events(&rig->reader);
    rig->events |= events;
    rig->stalls[0] += !!(events & kVospiEventNoVsync);
    rig->stalls[1] += !!(events & kVospiEventNoSync);
    rig->stalls[2] += !!(events & kVospiEventNoSegments);
    if (rig->compared && due != !!(events & kVospiEventFrame))
        rig->differences++;
    if (events & kVospiEventFrame)
        take_frame(rig);
    if (step.next == kVospiResync) {
        reference_abort(&rig->reference);
        rig->resyncs++;
        rig_resync(rig);
    } else
        model_advance(&rig->model, 1);
}

void rig_vsync(Rig *rig, Fault fault)
{
    model_write(&rig->model, rig->stream);
    for (uint32_t i = kVospiSegmentPackets; i < kRigPackets; i++)
        model_write_discard(rig->stream + i * kVospiPacketBytes);
    if (fault)
        fault(rig, rig->stream);
    rig_vsync_stream(rig);
}
