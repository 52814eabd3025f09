/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdint.h>
uint64_t esp_rtc_get_time_us(void);
