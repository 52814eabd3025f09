/* SPDX-License-Identifier: Apache-2.0 */

#include "notifier.h"

#include "xsHost.h"

#include "esp_heap_caps.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"

enum { kRetryMicroseconds = 2000 };

/* Notifiers whose message found no room, oldest first. Under gLock. */
static portMUX_TYPE gLock = portMUX_INITIALIZER_UNLOCKED;
static Notifier *gFirst;
static Notifier **gLast = &gFirst;

static _Atomic(esp_timer_handle_t) gRetry;

static void on_message(void *the, void *refcon, uint8_t *message, uint16_t length)
{
    Notifier *notifier = refcon;
    uint32_t events = atomic_exchange_explicit(&notifier->events, 0, memory_order_acq_rel);

    (void)message;
    (void)length;
    if (!notifier->silent && events)
        notifier->on_events(the, notifier->owner, events);
    notifier_release(notifier);
}

/* The message holds a reference to the owner, also while it waits for room. */
static void send(Notifier *notifier)
{
    if (!modMessagePostToMachineFromISR(notifier->the, on_message, notifier))
        return;
    portENTER_CRITICAL_SAFE(&gLock);
    notifier->next = NULL;
    *gLast = notifier;
    gLast = &notifier->next;
    portEXIT_CRITICAL_SAFE(&gLock);
    /* Fails if the timer is armed already: then it finds this notifier too. */
    esp_timer_start_once(atomic_load_explicit(&gRetry, memory_order_acquire), kRetryMicroseconds);
}

static void retry(void *unused)
{
    (void)unused;
    portENTER_CRITICAL_SAFE(&gLock);
    Notifier *notifier = gFirst;
    gFirst = NULL;
    gLast = &gFirst;
    portEXIT_CRITICAL_SAFE(&gLock);
    while (notifier) {
        Notifier *next = notifier->next; /* send() may free the notifier */
        send(notifier);
        notifier = next;
    }
}

/* Creates the timer that all notifiers share. Two tasks may race to be first. */
static bool prepare_retry(void)
{
    const esp_timer_create_args_t arguments = {.callback = retry, .name = "notifier"};
    esp_timer_handle_t none = NULL, timer;

    if (atomic_load_explicit(&gRetry, memory_order_acquire))
        return true;
    if (esp_timer_create(&arguments, &timer) != ESP_OK)
        return false;
    if (!atomic_compare_exchange_strong(&gRetry, &none, timer))
        esp_timer_delete(timer);
    return true;
}

void *notifier_allocate(size_t bytes)
{
    return prepare_retry() ? heap_caps_calloc(1, bytes, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT) : NULL;
}

void notifier_init(Notifier *notifier, xsMachine *the, void *owner, void (*on_events)(xsMachine *the, void *owner, uint32_t events))
{
    notifier->the = the;
    notifier->owner = owner;
    notifier->on_events = on_events;
    notifier->free_owner = heap_caps_free;
    atomic_store_explicit(&notifier->references, 1, memory_order_relaxed);
}

void notifier_hold(Notifier *notifier)
{
    atomic_fetch_add_explicit(&notifier->references, 1, memory_order_relaxed);
}

void notifier_release(Notifier *notifier)
{
    if (atomic_fetch_sub_explicit(&notifier->references, 1, memory_order_acq_rel) == 1)
        notifier->free_owner(notifier->owner);
}

void notifier_post(Notifier *notifier, uint32_t events)
{
    notifier_hold(notifier);
    if (atomic_fetch_or_explicit(&notifier->events, events, memory_order_acq_rel) == 0)
        send(notifier);
    else
        notifier_release(notifier);
}
