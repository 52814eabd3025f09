/* SPDX-License-Identifier: Apache-2.0 */

#include "doorbell.h"

#include "xsHost.h"

#include "esp_heap_caps.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"

enum { kRetryMicroseconds = 2000 };

/* Bells whose message found no room, the one that waits longest first. Under gLock. */
static portMUX_TYPE gLock = portMUX_INITIALIZER_UNLOCKED;
static Doorbell *gFirst;
static Doorbell **gLast = &gFirst;

static _Atomic(esp_timer_handle_t) gRetry;

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

/* The message holds the owner, also while it waits for room. */
static void post(Doorbell *bell)
{
    if (!modMessagePostToMachineFromISR(bell->the, deliver, bell))
        return;
    portENTER_CRITICAL_SAFE(&gLock);
    bell->next = NULL;
    *gLast = bell;
    gLast = &bell->next;
    portEXIT_CRITICAL_SAFE(&gLock);
    /* Refused when it is armed, and then it will find this bell. */
    esp_timer_start_once(atomic_load_explicit(&gRetry, memory_order_acquire), kRetryMicroseconds);
}

static void retry(void *unused)
{
    (void)unused;
    portENTER_CRITICAL_SAFE(&gLock);
    Doorbell *bell = gFirst;
    gFirst = NULL;
    gLast = &gFirst;
    portEXIT_CRITICAL_SAFE(&gLock);
    while (bell) {
        Doorbell *next = bell->next; /* once posted the bell may be freed */
        post(bell);
        bell = next;
    }
}

/* Makes the timer that all bells share; two tasks may be the first to need it. */
static bool prepare_retry(void)
{
    const esp_timer_create_args_t arguments = {.callback = retry, .name = "doorbell"};
    esp_timer_handle_t none = NULL, timer;

    if (atomic_load_explicit(&gRetry, memory_order_acquire))
        return true;
    if (esp_timer_create(&arguments, &timer) != ESP_OK)
        return false;
    if (!atomic_compare_exchange_strong(&gRetry, &none, timer))
        esp_timer_delete(timer);
    return true;
}

void *doorbell_allocate(size_t bytes)
{
    Doorbell *bell = prepare_retry() ? heap_caps_calloc(1, bytes, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT) : NULL;
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

void doorbell_ring(Doorbell *bell, uint32_t events)
{
    doorbell_hold(bell);
    if (atomic_fetch_or_explicit(&bell->events, events, memory_order_acq_rel) == 0)
        post(bell);
    else
        doorbell_release(bell);
}
