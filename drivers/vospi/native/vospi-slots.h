/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VOSPI_SLOTS_H
#define VOSPI_SLOTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "vospi-frame.h"

/*
 * Frame slots between one capture thread and one reading thread, without a lock.
 *
 *   Free -acquire-> Filling -publish-> Ready -take-> Held -release-> Free
 *
 * A newer frame replaces a Ready one that was not taken. A Held one is never reused.
 * The states are apart from the frames because on the ESP32 frames are in PSRAM, where compare-and-swap does not work.
 */

enum { kVospiSlotsMaximum = 16 };

typedef struct VospiSlots {
    VospiFrame *frames; /* `count` of them, the caller's */
    uint32_t count;
    uint32_t published; /* capture thread: sequence of the newest frame */
    uint32_t taken;     /* reading thread: sequence of the newest frame taken */
    _Atomic uint32_t states[kVospiSlotsMaximum]; /* sequence << 2 | state */
} VospiSlots;

/* `count`: 2 to kVospiSlotsMaximum; capture needs one more than readers hold at once. */
void vospi_slots_init(VospiSlots *slots, VospiFrame *frames, uint32_t count);

/*
 * Capture thread: a slot to fill, or NULL if all are held. `*replaced` is set if it had a frame that was not taken.
 * At most one slot is being filled at a time.
 */
VospiFrame *vospi_slots_acquire(VospiSlots *slots, bool *replaced);

/* Capture thread: the acquired slot has a whole frame; sets its sequence number. True if it replaces a frame that was not taken. */
bool vospi_slots_publish(VospiSlots *slots, VospiFrame *frame);

/* Reading thread: the newest frame not yet taken, or NULL. */
VospiFrame *vospi_slots_take(VospiSlots *slots);

/* Reading thread: whether there is one. Capture may still reuse its slot before it is taken, if no other is free. */
bool vospi_slots_ready(VospiSlots *slots);

/* Reading thread: returns a taken frame. */
void vospi_slots_release(VospiSlots *slots, const VospiFrame *frame);

#endif
