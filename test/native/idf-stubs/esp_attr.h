/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#define IRAM_ATTR __attribute__((section(".iram1.stub")))
#define DRAM_ATTR __attribute__((section(".dram1.stub")))
#define RTC_NOINIT_ATTR __attribute__((section(".rtc_noinit.stub")))
