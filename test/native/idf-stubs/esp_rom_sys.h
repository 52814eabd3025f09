/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
typedef enum { RESET_REASON_CHIP_POWER_ON = 0x01, RESET_REASON_CPU0_SW = 0x0c, RESET_REASON_SYS_BROWN_OUT = 0x0f } soc_reset_reason_t;
soc_reset_reason_t esp_rom_get_reset_reason(int cpu_no);
int esp_rom_printf(const char *fmt, ...);
