/* SPDX-License-Identifier: Apache-2.0 */

#include "doorbell.h"

#include "xsHost.h"

#include "esp_heap_caps.h"

void *doorbell_allocate(size_t bytes)
{
    Doorbell *bell = heap_caps_calloc(1, bytes, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
    if (bell)
        atomic_store_explicit(&bell->holds, 1, memory_order_relaxed);
    return bell;
}

void doorbell_hold(Doorbell *bell)
{
    atomic_fetch_add_explicit(&bell->holds, 1, memory_order_relaxed);
}

void doorbell_release(Doorbell *bell)
{
    if (atomic_fetch_sub_explicit(&bell->holds, 1, memory_order_acq_rel) == 1)
        bell->release(bell);
}

static void deliver(void *the, void *refcon, uint8_t *message, uint16_t length)
{
    Doorbell *bell = refcon;
    uint32_t events = atomic_exchange_explicit(&bell->events, 0, memory_order_acq_rel);

    (void)message;
    (void)length;
    if (!bell->silent && events)
        bell->answer(the, bell, events);
    doorbell_release(bell);
}

/* True if a message has to be sent; it then holds the owner. */
static bool note(Doorbell *bell, uint32_t events)
{
    doorbell_hold(bell);
    if (atomic_fetch_or_explicit(&bell->events, events, memory_order_acq_rel) == 0)
        return true;
    doorbell_release(bell);
    return false;
}

/* What could not be sent is forgotten, so that the next event tries again. */
static bool sent(Doorbell *bell, int failed)
{
    if (failed) {
        atomic_store_explicit(&bell->events, 0, memory_order_release);
        doorbell_release(bell);
    }
    return !failed;
}

void doorbell_ring(Doorbell *bell, uint32_t events)
{
    if (note(bell, events))
        sent(bell, modMessagePostToMachine(bell->the, NULL, 0, deliver, bell));
}

bool doorbell_ring_now(Doorbell *bell, uint32_t events)
{
    return !note(bell, events) || sent(bell, modMessagePostToMachineFromISR(bell->the, deliver, bell));
}
