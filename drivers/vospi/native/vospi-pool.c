/* SPDX-License-Identifier: Apache-2.0 */
#include "vospi-pool.h"

#include <stddef.h>
#include "vospi-memory.h"

VospiPool *vospi_pool_new(uint32_t slots)
{
    VospiPool *pool = vospi_allocate_atomic(sizeof(VospiPool));
    if (!pool)
        return NULL;
    VospiFrame *frames = vospi_allocate(slots * sizeof(VospiFrame));
    if (!frames) {
        vospi_free(pool);
        return NULL;
    }
    vospi_slots_init(&pool->slots, frames, slots);
    pool->references = 1;
    return pool;
}

void vospi_pool_release(VospiPool *pool)
{
    if (--pool->references)
        return;
    vospi_free(pool->slots.frames);
    vospi_free(pool);
}

VospiHold *vospi_pool_take(VospiPool *pool)
{
    static uint32_t taken;
    VospiFrame *frame = vospi_slots_take(&pool->slots);
    if (!frame)
        return NULL;
    VospiHold *hold = &pool->holds[frame - pool->slots.frames];
    *hold = (VospiHold){pool, frame, ++taken, 1};
    pool->references++;
    return hold;
}

typedef struct VospiCopy {
    VospiHold hold; /* first: freed as this */
    VospiFrame frame;
} VospiCopy;

VospiHold *vospi_hold_copy(const VospiHold *hold)
{
    VospiCopy *copy = vospi_allocate(sizeof(VospiCopy));

    if (!copy)
        return NULL;
    copy->frame = *hold->frame;
    copy->hold = *hold;
    copy->hold.pool = NULL;
    copy->hold.frame = &copy->frame;
    copy->hold.references = 1;
    return &copy->hold;
}

const VospiFrame *vospi_hold_read(const VospiHold *hold)
{
    return hold->frame;
}

uint32_t vospi_hold_number(const VospiHold *hold)
{
    return hold->number;
}

void vospi_hold_release(VospiHold *hold)
{
    if (--hold->references)
        return;
    if (!hold->pool) {
        vospi_free(hold);
        return;
    }
    vospi_slots_release(&hold->pool->slots, hold->frame);
    vospi_pool_release(hold->pool);
}
