/* SPDX-License-Identifier: Apache-2.0 */
#include "vospi-slots.h"

#include <stddef.h>

enum { kFree, kFilling, kReady, kHeld, kStateMask = 3, kSequenceShift = 2 };

void vospi_slots_init(VospiSlots *slots, VospiFrame *frames, uint32_t count)
{
    slots->frames = frames;
    slots->count = count < kVospiSlotsMaximum ? count : kVospiSlotsMaximum;
    slots->published = 0;
    slots->taken = 0;
    for (uint32_t i = 0; i < kVospiSlotsMaximum; i++)
        atomic_init(&slots->states[i], kFree);
}

/* The sequence number is part of the word, so that the exchange fails if the slot was reused meanwhile. */
static bool swap(VospiSlots *slots, uint32_t index, uint32_t from, uint32_t to)
{
    return atomic_compare_exchange_strong_explicit(&slots->states[index], &from, to, memory_order_acq_rel, memory_order_relaxed);
}

static uint32_t state_of(VospiSlots *slots, uint32_t index)
{
    return atomic_load_explicit(&slots->states[index], memory_order_acquire);
}

/* True if sequence `a` is later than `b`, in the 30 bits the state word has for it. */
static bool later(uint32_t a, uint32_t b)
{
    return (int32_t)((a - b) << kSequenceShift) > 0;
}

VospiFrame *vospi_slots_acquire(VospiSlots *slots, bool *replaced)
{
    *replaced = false;
    for (uint32_t i = 0; i < slots->count; i++) {
        uint32_t state = state_of(slots, i);
        if ((state & kStateMask) == kFree && swap(slots, i, state, kFilling))
            return &slots->frames[i];
    }
    for (uint32_t i = 0; i < slots->count; i++) {
        uint32_t state = state_of(slots, i);
        if ((state & kStateMask) == kReady && swap(slots, i, state, kFilling)) {
            *replaced = true;
            return &slots->frames[i];
        }
    }
    return NULL;
}

bool vospi_slots_publish(VospiSlots *slots, VospiFrame *frame)
{
    uint32_t index = (uint32_t)(frame - slots->frames);
    bool replaced = false;

    frame->sequence = ++slots->published;
    atomic_store_explicit(&slots->states[index], frame->sequence << kSequenceShift | kReady, memory_order_release);
    for (uint32_t i = 0; i < slots->count; i++) {
        uint32_t state = state_of(slots, i);
        if (i != index && (state & kStateMask) == kReady && swap(slots, i, state, kFree))
            replaced = true;
    }
    return replaced;
}

/* Index and state word of the newest Ready frame that was not taken; `count` if there is no such frame. */
static uint32_t find_newest(VospiSlots *slots, uint32_t *found)
{
    uint32_t newest = slots->taken, index = slots->count;

    *found = 0;
    for (uint32_t i = 0; i < slots->count; i++) {
        uint32_t state = state_of(slots, i);
        if ((state & kStateMask) == kReady && later(state >> kSequenceShift, newest)) {
            newest = state >> kSequenceShift;
            *found = state;
            index = i;
        }
    }
    return index;
}

bool vospi_slots_ready(VospiSlots *slots)
{
    uint32_t state;
    return find_newest(slots, &state) < slots->count;
}

VospiFrame *vospi_slots_take(VospiSlots *slots)
{
    for (;;) {
        uint32_t state, index = find_newest(slots, &state);
        if (index == slots->count)
            return NULL;
        if (swap(slots, index, state, (state & ~(uint32_t)kStateMask) | kHeld)) {
            slots->taken = state >> kSequenceShift;
            return &slots->frames[index];
        }
        /* Capture took the slot back for a newer frame: look again. */
    }
}

void vospi_slots_release(VospiSlots *slots, const VospiFrame *frame)
{
    atomic_store_explicit(&slots->states[frame - slots->frames], kFree, memory_order_release);
}
