/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

/* The reader with slots that are held, or whose frames are not taken. */

static Rig rig;

/* One VSYNC of a faultless sensor, the frame it may complete left where it is. @returns the events */
static uint32_t vsync_untaken(void)
{
    model_write(&rig.model, rig.stream);
    vospi_reader_vsync(&rig.reader, rig.model.microseconds, 0);
    vospi_reader_packets(&rig.reader, rig.stream, kVospiSegmentPackets);
    model_advance(&rig.model, 1);
    return vospi_reader_events(&rig.reader);
}

static VospiFrame *hold_next(void)
{
    while (!(vsync_untaken() & kVospiEventFrame)) {
    }
    return vospi_slots_take(&rig.slots);
}

TEST("reader: a slot that is given back while a frame goes by without one waits for the next frame")
{
    VospiFrame *held[kRigSlots];

    rig_init(&rig, 1);
    for (uint32_t i = 0; i < kRigSlots; i++)
        held[i] = hold_next();
    while (rig.model.step != 1)
        rig_vsync(&rig, NULL);
    vospi_slots_release(&rig.slots, held[0]);
    while (rig.model.step != 0)
        rig_vsync(&rig, NULL);
    EXPECT_EQUAL(rig.delivered, 0);
    EXPECT_EQUAL(rig.statistics.overruns, 1);
    while (rig.model.step != kVospiSegments)
        rig_vsync(&rig, NULL);
    EXPECT_EQUAL(rig.delivered, 1);
    EXPECT(!rig.corrupt, "%s", rig.text);
}

TEST("reader: a frame that was not taken is an overrun, whether the next takes its slot at its beginning or its place at its end")
{
    rig_init(&rig, 1);
    while (!(vsync_untaken() & kVospiEventFrame)) {
    }
    EXPECT_EQUAL(rig.statistics.overruns, 0);
    while (!(vsync_untaken() & kVospiEventFrame)) {
    }
    EXPECT_EQUAL(rig.statistics.overruns, 1);

    rig_init(&rig, 1);
    for (uint32_t i = 0; i < kRigSlots - 1; i++)
        EXPECT(hold_next() != NULL, "frame %u", i);
    while (!(vsync_untaken() & kVospiEventFrame)) {
    }
    EXPECT_EQUAL(rig.statistics.overruns, 0);
    vsync_untaken();
    EXPECT_EQUAL(rig.statistics.overruns, 1);
}
