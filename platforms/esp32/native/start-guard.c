/* SPDX-License-Identifier: Apache-2.0 */

#include "start-guard.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_attr.h"
#include "esp_partition.h"
#include "esp_rom_crc.h"
#include "esp_rom_sys.h"

enum { kMagic = 0x74435367 };

/* Survives every reset but the loss of power, after which it holds anything: `check` tells. */
typedef struct Attempts {
    uint32_t magic;
    uint32_t count;
    uint32_t check;
} Attempts;

static RTC_NOINIT_ATTR Attempts gAttempts;

static uint32_t check_of(const Attempts *attempts)
{
    return esp_rom_crc32_le(0, (const uint8_t *)attempts, offsetof(Attempts, check));
}

static void store(uint32_t count)
{
    gAttempts = (Attempts){.magic = kMagic, .count = count};
    gAttempts.check = check_of(&gAttempts);
}

static void erase_settings(void)
{
    const esp_partition_t *settings = esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_DATA_NVS, NULL);

    esp_rom_printf("W (0) start: %d starts led nowhere: the settings are erased\n", kStartGuardAttempts);
    if (settings)
        esp_partition_erase_range(settings, 0, settings->size);
}

/*
 * A constructor: flash can be used, and neither the scheduler nor the second core run yet. A crash ends in a reset of the CPU by software;
 * every other start (power, button, brown-out) begins anew, so that a weak supply is no reason to erase anything.
 */
__attribute__((constructor)) void start_guard_begin(void)
{
    bool kept = gAttempts.magic == kMagic && gAttempts.check == check_of(&gAttempts);
    bool again = esp_rom_get_reset_reason(0) == RESET_REASON_CPU0_SW;
    uint32_t count = kept && again ? gAttempts.count : 0;

    if (count == kStartGuardAttempts)
        erase_settings();
    store(count + 1);
}

void start_guard_passed(void)
{
    store(0);
}
