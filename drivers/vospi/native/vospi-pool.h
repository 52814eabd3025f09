/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VOSPI_POOL_H
#define VOSPI_POOL_H

/*
 * The frame slots of one VoSPI with the holds on them. Its memory is freed after the VoSPI was closed and the last hold released.
 * XS thread only, except where vospi-slots.h and vospi-statistics.h allow others.
 */

#include "vospi-hold.h"
#include "vospi-slots.h"

typedef struct VospiPool VospiPool;

struct VospiHold {
    VospiPool *pool; /* NULL: the frame is a copy, freed with the hold */
    VospiFrame *frame;
    uint32_t number;     /* see vospi_hold_number() */
    uint32_t references; /* references: Frame objects and native readers */
};

struct VospiPool {
    VospiSlots slots;
    uint32_t references; /* references: the VoSPI and each slot that is held */
    VospiHold holds[kVospiSlotsMaximum];
};

/* Creates a pool with one reference; NULL when out of memory. */
VospiPool *vospi_pool_new(uint32_t slots);

/* Releases a reference; the last one frees the pool. */
void vospi_pool_release(VospiPool *pool);

/* Takes a hold on the newest frame that was not taken yet, or returns NULL. */
VospiHold *vospi_pool_take(VospiPool *pool);

/* A hold on a copy of the frame, which takes no slot, with one reference. NULL when out of memory. */
VospiHold *vospi_hold_copy(const VospiHold *hold);

#endif
