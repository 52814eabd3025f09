/* SPDX-License-Identifier: Apache-2.0 */

/*
 * IDF FreeRTOS has no function that pins a task after its creation. But it pins a task that uses the FPU to the core that the task then
 * runs on (ESP-IDF's documentation, "FreeRTOS (IDF)", floating point usage). So XS would be pinned to a core of chance as soon as its
 * code uses a float.
 */

#include "task-core.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "esp_rom_sys.h"
#include "freertos/FreeRTOS.h"
#include "freertos/idf_additions.h"
#include "freertos/task.h"

enum { kOtherCore = 0, kCore = 1, kStackBytes = 2048 };

static _Atomic bool gPinned;

/* Keeps a task of lower priority off this core. */
static void occupy_core(void *unused)
{
    (void)unused;
    while (!atomic_load_explicit(&gPinned, memory_order_acquire))
        ;
    vTaskDelete(NULL);
}

static void use_fpu(void)
{
    volatile float value = 1.5f;
    value *= value;
}

void task_pin_to_core_1(void)
{
    BaseType_t made = xTaskCreatePinnedToCore(occupy_core, "occupy", kStackBytes, NULL, uxTaskPriorityGet(NULL) + 1, NULL, kOtherCore);
    if (made != pdPASS) {
        esp_rom_printf("E (0) start: no memory to pin XS to core %d: it runs on either\n", kCore);
        return;
    }
    /* At the next tick at the latest. */
    while (xPortGetCoreID() != kCore)
        taskYIELD();
    use_fpu();
    atomic_store_explicit(&gPinned, true, memory_order_release);
    if (xTaskGetCoreID(NULL) != kCore)
        esp_rom_printf("E (0) start: XS is not pinned to core %d\n", kCore);
}
