/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"
#include "vospi-slots.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { kSlots = 4, kFrames = 200000, kWords = 64 };

static VospiFrame frames[kSlots];
static VospiSlots slots;

static VospiFrame *publish(uint8_t mark)
{
    bool replaced;
    VospiFrame *frame = vospi_slots_acquire(&slots, &replaced);
    if (frame) {
        frame->pixels[0] = mark;
        vospi_slots_publish(&slots, frame);
    }
    return frame;
}

TEST("slots: nothing can be taken before a frame is published, and each frame once")
{
    vospi_slots_init(&slots, frames, kSlots);
    EXPECT(!vospi_slots_take(&slots), "took a frame that was not published");
    EXPECT(!vospi_slots_ready(&slots), "a frame is ready that was not published");
    publish(7);
    EXPECT(vospi_slots_ready(&slots), "the published frame is not ready");
    VospiFrame *frame = vospi_slots_take(&slots);
    EXPECT(frame && frame->pixels[0] == 7 && frame->sequence == 1, "first frame not taken");
    EXPECT(!vospi_slots_take(&slots) && !vospi_slots_ready(&slots), "took it twice");
    vospi_slots_release(&slots, frame);
    EXPECT(!vospi_slots_take(&slots), "took it after it was given back");
}

TEST("slots: the newest wins, and reports that it replaced one")
{
    bool replaced;

    vospi_slots_init(&slots, frames, kSlots);
    publish(1);
    VospiFrame *frame = vospi_slots_acquire(&slots, &replaced);
    EXPECT(frame && !replaced, "no free slot");
    EXPECT(vospi_slots_publish(&slots, frame), "the loss of frame 1 is not reported");
    frame = vospi_slots_take(&slots);
    EXPECT(frame, "nothing to take");
    EXPECT_EQUAL(frame->sequence, 2);
    EXPECT(!vospi_slots_take(&slots), "an older frame came after a newer one");
}

TEST("slots: taken while a newer frame has come and an older one is not yet given up, the older one is not taken after it")
{
    vospi_slots_init(&slots, frames, kSlots);
    VospiFrame *older = publish(1);
    uint32_t ready = slots.states[older - frames];
    publish(2);
    /* As it is between the two steps of vospi_slots_publish(). */
    slots.states[older - frames] = ready;
    VospiFrame *frame = vospi_slots_take(&slots);
    EXPECT(frame && frame->pixels[0] == 2, "not the newest");
    EXPECT(!vospi_slots_ready(&slots) && !vospi_slots_take(&slots), "an older frame came after a newer one");
}

TEST("slots: a held frame is never given to capture; the only other frame waiting is")
{
    VospiFrame *held[kSlots];
    bool replaced;

    vospi_slots_init(&slots, frames, kSlots);
    for (int i = 0; i < kSlots - 1; i++) {
        publish((uint8_t)i);
        held[i] = vospi_slots_take(&slots);
        EXPECT(held[i], "frame %d not taken", i);
    }
    VospiFrame *waiting = publish(99);
    EXPECT(waiting, "no slot left for a fourth frame");
    VospiFrame *frame = vospi_slots_acquire(&slots, &replaced);
    EXPECT(frame == waiting && replaced, "the frame that waits should make way");
    EXPECT(!vospi_slots_acquire(&slots, &replaced), "a held slot was given away");
    for (int i = 0; i < kSlots - 1; i++)
        EXPECT_EQUAL(held[i]->pixels[0], i);
    vospi_slots_release(&slots, held[1]);
    EXPECT(vospi_slots_acquire(&slots, &replaced) == held[1], "the slot given back is not used");
}

TEST("slots: sequence numbers go on beyond the 30 bits of a state word")
{
    vospi_slots_init(&slots, frames, kSlots);
    slots.published = slots.taken = (1u << 30) - 3;
    for (int i = 0; i < 6; i++) {
        publish((uint8_t)i);
        VospiFrame *frame = vospi_slots_take(&slots);
        EXPECT(frame && frame->pixels[0] == i, "frame %d not taken", i);
        vospi_slots_release(&slots, frame);
    }
}

static _Atomic bool over;

/* Every word of a frame carries its number, written while the slot is being filled. */
static void *capture(void *unused)
{
    for (uint32_t i = 1; i <= kFrames; i++) {
        bool replaced;
        VospiFrame *frame = vospi_slots_acquire(&slots, &replaced);
        if (!frame)
            continue;
        for (int word = 0; word < kWords; word++)
            memcpy(frame->pixels + word * sizeof i, &i, sizeof i);
        frame->captured = i;
        vospi_slots_publish(&slots, frame);
    }
    over = true;
    return unused;
}

static bool intact(const VospiFrame *frame)
{
    uint32_t number = (uint32_t)frame->captured;
    for (int word = 0; word < kWords; word++)
        if (memcmp(frame->pixels + word * sizeof number, &number, sizeof number))
            return false;
    return true;
}

TEST("slots: two threads: frames held stay as they are, and get newer and newer")
{
    VospiFrame *held[kSlots - 2] = {NULL};
    uint64_t newest = 0;
    uint32_t taken = 0, turn = 0;
    pthread_t thread;

    vospi_slots_init(&slots, frames, kSlots);
    over = false;
    EXPECT_EQUAL(pthread_create(&thread, NULL, capture, NULL), 0);
    bool torn = false, old = false;
    while (!over) {
        VospiFrame *frame = vospi_slots_take(&slots);
        if (!frame)
            continue;
        taken++;
        old |= frame->captured <= newest;
        newest = frame->captured;
        torn |= !intact(frame);
        /* Hold it while others come and go. */
        VospiFrame **place = &held[turn++ % (kSlots - 2)];
        if (*place) {
            torn |= !intact(*place);
            vospi_slots_release(&slots, *place);
        }
        *place = frame;
    }
    pthread_join(thread, NULL);
    EXPECT(!torn, "a frame changed while it was held");
    EXPECT(!old, "a frame came after a newer one");
    EXPECT(taken > 0, "no frame taken");
}
