/* SPDX-License-Identifier: Apache-2.0 */

#include "quiet-window.h"

#include <stdatomic.h>

#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"

/* gEnd is one of these, or a time: the low 32 bits of its microseconds, made even and not 0. */
enum { kClosed = 0, kOpen = 1 };

static _Atomic uint32_t gEnd = kOpen;
static SemaphoreHandle_t gOpened; /* given when the window opens */

bool quiet_window_init(void)
{
    if (!gOpened)
        gOpened = xSemaphoreCreateBinary();
    return gOpened;
}

static void set_end(uint32_t end)
{
    atomic_store_explicit(&gEnd, end, memory_order_release);
    if (end != kClosed)
        quiet_window_wake();
}

void quiet_window_open_until(uint64_t microseconds)
{
    uint32_t end = (uint32_t)microseconds & ~(uint32_t)kOpen;
    set_end(end ? end : 2);
}

void quiet_window_open(void)
{
    set_end(kOpen);
}

void quiet_window_close(void)
{
    set_end(kClosed);
}

bool quiet_window_is_open(uint64_t now)
{
    uint32_t end = atomic_load_explicit(&gEnd, memory_order_acquire);
    return end == kOpen || (end != kClosed && (int32_t)(end - (uint32_t)now) > 0);
}

void quiet_window_wait(void)
{
    xSemaphoreTake(gOpened, portMAX_DELAY);
}

void quiet_window_wake(void)
{
    xSemaphoreGive(gOpened);
}
