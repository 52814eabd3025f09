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
#include "esp_heap_caps.h"
#include "esp_partition.h"
#include "esp_timer.h"

#include "quiet-window.h"
#include "worker-task.h"

/* Above lwIP (18), below capture (20). */
static const WorkerTask kTask = {.name = "slot", .priority = 19, .stack = 4096};

struct SlotPort {
    xsMachine *the;
    SlotJobs jobs;
    const esp_partition_t *partition;
    Worker *worker; /* NULL before the first job */
    _Atomic bool closing;
    /* Internal RAM: from PSRAM the driver writes 32 bytes at a time, and switches the cache off and on for each. */
    uint8_t page[kSlotPageBytes];
    uint8_t check[kSlotPageBytes];
};

SlotPort *slot_port_open(xsMachine *the, const SlotJobs *jobs, char *error, size_t size)
{
    const esp_partition_t *partition = esp_ota_get_next_update_partition(NULL);

    if (!partition) {
        snprintf(error, size, "no partition for an update");
        return NULL;
    }
    SlotPort *port = quiet_window_init() ? heap_caps_calloc(1, sizeof *port, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT) : NULL;
    if (!port) {
        snprintf(error, size, "no memory");
        return NULL;
    }
    port->the = the;
    port->jobs = *jobs;
    port->partition = partition;
    return port;
}

uint32_t slot_port_size(const SlotPort *port)
{
    return port->partition->size;
}

bool slot_port_start(SlotPort *port)
{
    if (!port->worker)
        port->worker = worker_task_new(port->the, &kTask, port->jobs.work, port->jobs.done, port->jobs.refcon);
    if (port->worker)
        worker_start(port->worker);
    return port->worker;
}

void slot_port_close(SlotPort *port)
{
    atomic_store(&port->closing, true);
    if (port->worker) {
        quiet_window_wake();
        worker_free(port->worker);
    }
    heap_caps_free(port);
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
