/* SPDX-License-Identifier: Apache-2.0 */

#include "start-guard.h"

#include <stdbool.h>
#include <stdint.h>

#include "esp_attr.h"
#include "esp_partition.h"
#include "esp_rom_sys.h"

#include "reset-memory.h"

enum { kMagic = 0x74435367 };

static RTC_NOINIT_ATTR ResetMemory gAttempts; /* first value: consecutive starts that did not reach JavaScript */

static void store(uint32_t count)
{
    reset_memory_store(&gAttempts, kMagic, count, 0);
}

static void erase_settings(void)
{
    const esp_partition_t *settings = esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_DATA_NVS, NULL);

    esp_rom_printf("W (0) start: JavaScript not reached (%d starts in a row): settings erased\n", kStartGuardAttempts);
    if (settings)
        esp_partition_erase_range(settings, 0, settings->size);
}

/*
 * At this time flash can be used, and neither the scheduler nor the second core runs. A crash resets the CPU by software. Every other
 * start (power, button, brown-out) resets the count, so that a weak supply never erases the settings.
 */
__attribute__((constructor)) void start_guard_begin(void)
{
    bool crashed = esp_rom_get_reset_reason(0) == RESET_REASON_CPU0_SW;
    uint32_t count = crashed && reset_memory_is_valid(&gAttempts, kMagic) ? gAttempts.values[0] : 0;

    if (count == kStartGuardAttempts)
        erase_settings();
    store(count + 1);
}

void start_guard_passed(void)
{
    store(0);
}
