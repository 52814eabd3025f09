/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A task on core 1 below XS (4) and capture (20); WiFi and lwIP are on core 0. So a job takes only time that nothing else needs. Core 1 is
 * idle more than half of the time.
 */

#include "worker.h"

#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"
#include "freertos/task.h"

#include "notifier.h"

enum { kCore = 1, kPriority = 3, kStackBytes = 3072, kDone = 1 };

struct Worker {
    Notifier notifier;
    void (*work)(void *refcon);
    void (*done)(xsMachine *the, void *refcon);
    void *refcon;
    TaskHandle_t task;
    SemaphoreHandle_t ended; /* the task has */
    _Atomic bool ending;
};

static void worker_task(void *refcon)
{
    Worker *worker = refcon;

    for (;;) {
        ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
        if (atomic_load_explicit(&worker->ending, memory_order_acquire))
            break;
        worker->work(worker->refcon);
        notifier_post(&worker->notifier, kDone);
    }
    xSemaphoreGive(worker->ended);
    vTaskDelete(NULL);
}

static void on_events(xsMachine *the, void *owner, uint32_t events)
{
    Worker *worker = owner;
    (void)events;
    worker->done(the, worker->refcon);
}

static void free_worker(Worker *worker)
{
    if (worker->ended)
        vSemaphoreDelete(worker->ended);
    worker->notifier.silent = true;
    notifier_release(&worker->notifier);
}

Worker *worker_new(xsMachine *the, void (*work)(void *refcon), void (*done)(xsMachine *the, void *refcon), void *refcon)
{
    Worker *worker = notifier_allocate(sizeof(Worker));

    if (!worker)
        return NULL;
    notifier_init(&worker->notifier, the, worker, on_events);
    worker->work = work;
    worker->done = done;
    worker->refcon = refcon;
    worker->ended = xSemaphoreCreateBinary();
    if (worker->ended && xTaskCreatePinnedToCore(worker_task, "worker", kStackBytes, worker, kPriority, &worker->task, kCore) == pdPASS)
        return worker;
    free_worker(worker);
    return NULL;
}

void worker_start(Worker *worker)
{
    xTaskNotifyGive(worker->task);
}

void worker_free(Worker *worker)
{
    atomic_store_explicit(&worker->ending, true, memory_order_release);
    xTaskNotifyGive(worker->task);
    xSemaphoreTake(worker->ended, portMAX_DELAY);
    free_worker(worker);
}
