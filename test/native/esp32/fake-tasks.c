/* SPDX-License-Identifier: Apache-2.0 */
#include "fake-tasks.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake-timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/queue.h"
#include "freertos/semphr.h"
#include "freertos/stream_buffer.h"
#include "freertos/task.h"

enum { kTicksToMicroseconds = 1000 };

/* Each task is a thread. Only the one that has its `turn` runs. */
struct tskTaskControlBlock {
    TaskHandle_t next;
    pthread_t thread;
    sem_t turn;
    TaskFunction_t function;
    void *argument;
    uint32_t notified;
    bool ended;
    /* Wait condition. */
    int (*done)(void *);
    void *context;
    int64_t until;
};

static TaskHandle_t tasks, current; /* NULL: the test runs */
static sem_t test_turn;
static bool prepared;

static int64_t deadline(TickType_t ticks)
{
    return ticks == portMAX_DELAY ? INT64_MAX : fake_microseconds + (int64_t)ticks * kTicksToMicroseconds;
}

static bool ready(const struct tskTaskControlBlock *task)
{
    return fake_microseconds >= task->until || (task->done && task->done(task->context));
}

static void run(TaskHandle_t task)
{
    current = task;
    sem_post(&task->turn);
    while (sem_wait(&test_turn))
        ;
    current = NULL;
}

static void remove_ended(void)
{
    for (TaskHandle_t *place = &tasks; *place;) {
        TaskHandle_t task = *place;
        if (!task->ended) {
            place = &task->next;
            continue;
        }
        *place = task->next;
        pthread_join(task->thread, NULL);
        sem_destroy(&task->turn);
        free(task);
    }
}

size_t fake_task_count(void)
{
    size_t count = 0;
    for (TaskHandle_t task = tasks; task; task = task->next)
        count += !task->ended;
    return count;
}

void fake_run_tasks(void)
{
    bool ran;

    do {
        ran = false;
        for (TaskHandle_t task = tasks; task; task = task->next)
            if (!task->ended && ready(task)) {
                run(task);
                ran = true;
            }
        remove_ended();
    } while (ran);
}

/* Advances time to the next timeout of a task, at most to `end`. False: no task waits for a time. */
static bool pass(int64_t end)
{
    int64_t next = end;

    for (TaskHandle_t task = tasks; task; task = task->next)
        if (task->until < next)
            next = task->until;
    if (next == INT64_MAX)
        return false;
    if (next > fake_microseconds)
        fake_microseconds = next;
    return true;
}

void fake_advance(int64_t microseconds)
{
    int64_t end = fake_microseconds + microseconds;

    fake_run_tasks();
    while (fake_microseconds < end) {
        pass(end);
        fake_run_tasks();
    }
}

void fake_wait(int (*done)(void *), void *context, int64_t until)
{
    TaskHandle_t task = current;

    if (task) {
        task->done = done;
        task->context = context;
        task->until = until;
        sem_post(&test_turn);
        while (sem_wait(&task->turn))
            ;
        return;
    }
    for (fake_run_tasks(); fake_microseconds < until && !(done && done(context)); fake_run_tasks())
        if (!pass(until)) {
            fprintf(stderr, "nothing will end this wait\n");
            abort();
        }
}

static void *thread(void *argument)
{
    TaskHandle_t task = argument;

    while (sem_wait(&task->turn))
        ;
    task->function(task->argument);
    abort(); /* a task that returns crashes the chip too */
}

BaseType_t xTaskCreate(TaskFunction_t function, const char *name, uint32_t stack, void *argument, UBaseType_t priority, TaskHandle_t *handle)
{
    TaskHandle_t task = calloc(1, sizeof *task);

    (void)name;
    (void)stack;
    (void)priority;
    if (!prepared)
        sem_init(&test_turn, 0, 0);
    prepared = true;
    task->function = function;
    task->argument = argument;
    task->until = fake_microseconds;
    sem_init(&task->turn, 0, 0);
    pthread_create(&task->thread, NULL, thread, task);
    task->next = tasks;
    tasks = task;
    if (handle)
        *handle = task;
    return pdPASS;
}

BaseType_t xTaskCreatePinnedToCore(TaskFunction_t function, const char *name, uint32_t stack, void *argument, UBaseType_t priority, TaskHandle_t *handle,
                                   BaseType_t core)
{
    (void)core;
    return xTaskCreate(function, name, stack, argument, priority, handle);
}

void vTaskDelete(TaskHandle_t task)
{
    if (task || !current)
        abort();
    current->ended = true;
    sem_post(&test_turn);
    pthread_exit(NULL);
}

void vTaskDelay(TickType_t ticks)
{
    fake_wait(NULL, NULL, deadline(ticks));
}

TickType_t xTaskGetTickCount(void)
{
    return (TickType_t)(fake_microseconds / kTicksToMicroseconds);
}

BaseType_t xTaskNotifyGive(TaskHandle_t task)
{
    task->notified++;
    return pdPASS;
}

void vTaskNotifyGiveFromISR(TaskHandle_t task, BaseType_t *woken)
{
    task->notified++;
    *woken = pdTRUE;
}

void vPortYieldFromISR(void)
{
}

static int is_notified(void *context)
{
    return ((TaskHandle_t)context)->notified > 0;
}

uint32_t ulTaskNotifyTake(BaseType_t clear, TickType_t ticks)
{
    TaskHandle_t task = current;

    if (!task->notified)
        fake_wait(is_notified, task, deadline(ticks));
    uint32_t count = task->notified;
    if (clear)
        task->notified = 0;
    else if (count)
        task->notified--;
    return count;
}

/* A semaphore is a queue of empty items. */
struct QueueDefinition {
    size_t length, size, count;
    uint8_t items[];
};

static QueueHandle_t new_queue(size_t length, size_t size, size_t count)
{
    QueueHandle_t queue = calloc(1, sizeof *queue + length * size);
    queue->length = length;
    queue->size = size;
    queue->count = count;
    return queue;
}

static int has_item(void *context)
{
    return ((QueueHandle_t)context)->count > 0;
}

QueueHandle_t xQueueCreate(UBaseType_t length, UBaseType_t size)
{
    return new_queue(length, size, 0);
}

void vQueueDelete(QueueHandle_t queue)
{
    free(queue);
}

BaseType_t xQueueSend(QueueHandle_t queue, const void *item, TickType_t ticks)
{
    if (ticks)
        abort(); /* waiting for room is not implemented */
    if (queue->count == queue->length)
        return pdFALSE;
    if (queue->size)
        memcpy(queue->items + queue->count * queue->size, item, queue->size);
    queue->count++;
    return pdTRUE;
}

BaseType_t xQueueReceive(QueueHandle_t queue, void *item, TickType_t ticks)
{
    if (!queue->count && ticks)
        fake_wait(has_item, queue, deadline(ticks));
    if (!queue->count)
        return pdFALSE;
    queue->count--;
    if (queue->size) {
        memcpy(item, queue->items, queue->size);
        memmove(queue->items, queue->items + queue->size, queue->count * queue->size);
    }
    return pdTRUE;
}

SemaphoreHandle_t xSemaphoreCreateBinary(void)
{
    return new_queue(1, 0, 0);
}

SemaphoreHandle_t xSemaphoreCreateMutex(void)
{
    return new_queue(1, 0, 1);
}

BaseType_t xSemaphoreTake(SemaphoreHandle_t semaphore, TickType_t ticks)
{
    return xQueueReceive(semaphore, NULL, ticks);
}

BaseType_t xSemaphoreGive(SemaphoreHandle_t semaphore)
{
    return xQueueSend(semaphore, NULL, 0);
}

void vSemaphoreDelete(SemaphoreHandle_t semaphore)
{
    vQueueDelete(semaphore);
}

struct StreamBufferDef_t {
    size_t size, count;
    uint8_t bytes[];
};

StreamBufferHandle_t xStreamBufferCreate(size_t size, size_t trigger)
{
    StreamBufferHandle_t buffer = calloc(1, sizeof *buffer + size);
    (void)trigger;
    buffer->size = size;
    return buffer;
}

void vStreamBufferDelete(StreamBufferHandle_t buffer)
{
    free(buffer);
}

size_t xStreamBufferSpacesAvailable(StreamBufferHandle_t buffer)
{
    return buffer->size - buffer->count;
}

size_t xStreamBufferBytesAvailable(StreamBufferHandle_t buffer)
{
    return buffer->count;
}

size_t xStreamBufferSend(StreamBufferHandle_t buffer, const void *bytes, size_t length, TickType_t ticks)
{
    size_t space = xStreamBufferSpacesAvailable(buffer), count = length < space ? length : space;

    (void)ticks;
    memcpy(buffer->bytes + buffer->count, bytes, count);
    buffer->count += count;
    return count;
}

size_t xStreamBufferReceive(StreamBufferHandle_t buffer, void *bytes, size_t length, TickType_t ticks)
{
    size_t count = length < buffer->count ? length : buffer->count;

    (void)ticks;
    memcpy(bytes, buffer->bytes, count);
    buffer->count -= count;
    memmove(buffer->bytes, buffer->bytes + count, buffer->count);
    return count;
}
