/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The update slot in the ESP32's flash. While flash is erased or programmed both cores stop, so this task decides when that happens. It is
 * on the capture task's core and below it: between its look at the quiet window and the operation only capture can come.
 */

#include "slot-port.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "app_update/include/esp_ota_ops.h"
#include "esp_err.h"
#include "esp_partition.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"
#include "freertos/task.h"

#include "notifier.h"
#include "quiet-window.h"

enum {
    kCore = 1,
    kPriority = 19, /* above lwIP (18), below capture (20) */
    kStackBytes = 4096,
    kDone = 1, /* event of the notifier */
};

struct SlotPort {
    Notifier notifier;
    SlotJobs jobs;
    const esp_partition_t *partition;
    TaskHandle_t task; /* NULL before the first job */
    SemaphoreHandle_t ended;
    _Atomic bool wanted; /* a job is to be done */
    _Atomic bool closing;
    /* Internal RAM: from PSRAM the driver writes 32 bytes at a time, and switches the cache off and on for each. */
    uint8_t page[kSlotPageBytes];
    uint8_t check[kSlotPageBytes];
};

static void task(void *refcon)
{
    SlotPort *port = refcon;

    while (!atomic_load(&port->closing)) {
        if (atomic_exchange(&port->wanted, false)) {
            (*port->jobs.work)(port->jobs.refcon);
            notifier_post(&port->notifier, kDone);
        } else
            ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
    }
    xSemaphoreGive(port->ended);
    vTaskDelete(NULL);
}

static void on_events(xsMachine *the, void *owner, uint32_t events)
{
    SlotPort *port = owner;
    (void)events;
    (*port->jobs.done)(the, port->jobs.refcon);
}

SlotPort *slot_port_open(xsMachine *the, const SlotJobs *jobs, char *error, size_t size)
{
    const esp_partition_t *partition = esp_ota_get_next_update_partition(NULL);

    if (!partition) {
        snprintf(error, size, "no partition for an update");
        return NULL;
    }
    SlotPort *port = quiet_window_init() ? notifier_allocate(sizeof *port) : NULL;
    if (!port) {
        snprintf(error, size, "no memory");
        return NULL;
    }
    notifier_init(&port->notifier, the, port, on_events);
    port->jobs = *jobs;
    port->partition = partition;
    return port;
}

uint32_t slot_port_size(const SlotPort *port)
{
    return port->partition->size;
}

static bool prepare_task(SlotPort *port)
{
    if (port->task)
        return true;
    if (!port->ended)
        port->ended = xSemaphoreCreateBinary();
    return port->ended && xTaskCreatePinnedToCore(task, "slot", kStackBytes, port, kPriority, &port->task, kCore) == pdPASS;
}

bool slot_port_start(SlotPort *port)
{
    if (!prepare_task(port))
        return false;
    atomic_store(&port->wanted, true);
    xTaskNotifyGive(port->task);
    return true;
}

void slot_port_close(SlotPort *port)
{
    atomic_store(&port->closing, true);
    if (port->task) {
        xTaskNotifyGive(port->task);
        quiet_window_wake();
        xSemaphoreTake(port->ended, portMAX_DELAY);
    }
    if (port->ended)
        vSemaphoreDelete(port->ended);
    port->notifier.silent = true;
    notifier_release(&port->notifier);
}

bool slot_port_await_quiet(SlotPort *port)
{
    while (!atomic_load(&port->closing) && !quiet_window_is_open((uint64_t)esp_timer_get_time()))
        quiet_window_wait();
    return !atomic_load(&port->closing);
}

const char *slot_port_erase(SlotPort *port, uint32_t offset, uint32_t length)
{
    esp_err_t error = esp_partition_erase_range(port->partition, offset, length);
    return error == ESP_OK ? NULL : esp_err_to_name(error);
}

const char *slot_port_program(SlotPort *port, uint32_t offset, const uint8_t *bytes, uint32_t count)
{
    memcpy(port->page, bytes, count);
    esp_err_t error = esp_partition_write(port->partition, offset, port->page, count);
    if (error == ESP_OK)
        error = esp_partition_read(port->partition, offset, port->check, count);
    if (error != ESP_OK)
        return esp_err_to_name(error);
    return memcmp(port->page, port->check, count) ? "the flash does not hold what was written" : NULL;
}
