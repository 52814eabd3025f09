/* SPDX-License-Identifier: Apache-2.0 */

/* platforms/esp32/native/start-guard.c: each call of the constructor is a start of the chip. */

#include "../harness.h"

#include <stdarg.h>
#include <string.h>

#include "esp_partition.h"
#include "esp_rom_crc.h"
#include "esp_rom_sys.h"
#include "fake-flash.h"
#include "start-guard.h"

static soc_reset_reason_t reason;

soc_reset_reason_t esp_rom_get_reset_reason(int core)
{
    (void)core;
    return reason;
}

int esp_rom_printf(const char *format, ...)
{
    (void)format;
    return 0;
}

/* Any checksum that detects a change. */
uint32_t esp_rom_crc32_le(uint32_t sum, uint8_t const *bytes, uint32_t count)
{
    while (count--)
        sum = sum * 31 + *bytes++ + 1;
    return sum;
}

const esp_partition_t *esp_partition_find_first(esp_partition_type_t type, esp_partition_subtype_t subtype, const char *label)
{
    static const esp_partition_t settings = {.size = 0x4000};
    (void)label;
    return type == ESP_PARTITION_TYPE_DATA && subtype == ESP_PARTITION_SUBTYPE_DATA_NVS ? &settings : NULL;
}

/* A start that does not reach JavaScript. */
static void fail(soc_reset_reason_t why)
{
    reason = why;
    start_guard_begin();
}

static void begin(void)
{
    fake_erased_bytes = 0;
    fail(RESET_REASON_CHIP_POWER_ON);
}

TEST("start guard: three starts that do not reach JavaScript erase the settings, once")
{
    begin();
    for (int i = 1; i < kStartGuardAttempts; i++)
        fail(RESET_REASON_CPU0_SW);
    EXPECT_EQUAL(fake_erased_bytes, 0);
    fail(RESET_REASON_CPU0_SW);
    EXPECT_EQUAL(fake_erased_bytes, 0x4000);
    for (int i = 0; i < 20; i++)
        fail(RESET_REASON_CPU0_SW);
    EXPECT_EQUAL(fake_erased_bytes, 0x4000);
}

TEST("start guard: a start that reaches JavaScript resets the count")
{
    begin();
    for (int i = 0; i < 20; i++) {
        fail(RESET_REASON_CPU0_SW);
        fail(RESET_REASON_CPU0_SW);
        start_guard_passed();
    }
    EXPECT_EQUAL(fake_erased_bytes, 0);
}

TEST("start guard: repeated power failures erase nothing")
{
    begin();
    for (int i = 0; i < 20; i++)
        fail(RESET_REASON_SYS_BROWN_OUT);
    EXPECT_EQUAL(fake_erased_bytes, 0);
}
