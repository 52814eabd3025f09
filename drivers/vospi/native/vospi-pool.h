/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VOSPI_POOL_H
#define VOSPI_POOL_H

/*
 * The frame slots of one VoSPI and who holds them. Its memory outlives the VoSPI as long as a frame is held.
 * XS thread only, but for what the slots and the statistics allow.
 */

#include "vospi-hold.h"
#include "vospi-slots.h"

typedef struct VospiPool VospiPool;

struct VospiHold {
    VospiPool *pool;
    VospiFrame *frame;
    uint32_t count; /* Frame objects and native readers; the slot is given back with the last of them */
};

struct VospiPool {
    VospiSlots slots;
    uint32_t users; /* the VoSPI, and every slot held */
    VospiHold holds[kVospiSlotsMaximum];
};

/* A pool with one user; NULL when there is not enough memory. */
VospiPool *vospi_pool_new(uint32_t slots);

/* A user leaves; the last one frees the memory. */
void vospi_pool_leave(VospiPool *pool);

/* The newest frame not yet taken, with one hold on it, or NULL. */
VospiHold *vospi_pool_take(VospiPool *pool);

#endif
