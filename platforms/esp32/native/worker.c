/* SPDX-License-Identifier: Apache-2.0 */

#include "worker-task.h"

#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"
#include "freertos/task.h"

#include "notifier.h"

enum { kCore = 1, kDone = 1 };

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

Worker *worker_task_new(xsMachine *the, const WorkerTask *task, void (*work)(void *refcon), void (*done)(xsMachine *the, void *refcon), void *refcon)
{
    Worker *worker = notifier_allocate(sizeof(Worker));

    if (!worker)
        return NULL;
    notifier_init(&worker->notifier, the, worker, on_events);
    worker->work = work;
    worker->done = done;
    worker->refcon = refcon;
    worker->ended = xSemaphoreCreateBinary();
    if (worker->ended && xTaskCreatePinnedToCore(worker_task, task->name, task->stack, worker, task->priority, &worker->task, kCore) == pdPASS)
        return worker;
    free_worker(worker);
    return NULL;
}

/* Below XS (4): a job takes only time that nothing else needs. Core 1 is idle more than half of the time. */
Worker *worker_new(xsMachine *the, void (*work)(void *refcon), void (*done)(xsMachine *the, void *refcon), void *refcon)
{
    static const WorkerTask kTask = {.name = "worker", .priority = 3, .stack = 3072};
    return worker_task_new(the, &kTask, work, done, refcon);
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
