/* SPDX-License-Identifier: Apache-2.0 */

/*
 * By ESP-IDF's register layer (hal/mcpwm_ll.h). The accesses are those of its driver (esp_driver_mcpwm), in the same order. The driver takes
 * 8 KB of flash: it shares the peripheral among timers, operators and channels, and checks and reports each wrong state.
 */

#include "pulse-timer.h"

/* The SDK's include paths lack esp_hal_mcpwm/esp32/include. */
#include "esp_hal_mcpwm/esp32/include/hal/mcpwm_ll.h"
#include "esp_private/esp_clk.h"
#include "esp_private/periph_ctrl.h"
#include "esp_rom_gpio.h"
#include "freertos/FreeRTOS.h"
#include "soc/gpio_pins.h"
#include "soc/gpio_sig_map.h"
#include "soc/interrupts.h"

/* Channels: kPulse latches the timer at each edge, kNow when asked to. */
enum { kGroup = 0, kPulse = 0, kNow = 1, kReadings = 100 };

#define UNIT MCPWM_LL_GET_HW(kGroup)

static bool is_open;

static void on_interrupt(void *context)
{
    const PulseTimer *timer = context;
    uint32_t events = mcpwm_ll_intr_get_status(UNIT) & MCPWM_LL_EVENT_CAPTURE(kPulse);

    mcpwm_ll_intr_clear_status(UNIT, events);
    if (events && timer->on_pulse(timer->refcon, mcpwm_ll_capture_get_value(UNIT, kPulse)))
        portYIELD_FROM_ISR();
}

static void open_unit(void)
{
    PERIPH_RCC_ATOMIC()
    {
        mcpwm_ll_enable_bus_clock(kGroup, true);
        mcpwm_ll_reset_register(kGroup);
    }
    mcpwm_ll_group_enable_shadow_mode(UNIT);
    mcpwm_ll_group_flush_shadow(UNIT);
    mcpwm_ll_intr_enable(UNIT, UINT32_MAX, false);
    mcpwm_ll_intr_clear_status(UNIT, UINT32_MAX);
}

static void set_channel(int channel, bool rising_edges)
{
    mcpwm_ll_capture_enable_negedge(UNIT, channel, false);
    mcpwm_ll_capture_enable_posedge(UNIT, channel, rising_edges);
    mcpwm_ll_invert_input(UNIT, channel, false);
    mcpwm_ll_capture_set_prescale(UNIT, channel, 1);
}

/* Shared, as the driver's: the handler is called only if the masked bit of the status register is set. */
static esp_err_t open_interrupt(PulseTimer *timer)
{
    int flags = ESP_INTR_FLAG_SHARED | ESP_INTR_FLAG_INTRDISABLED | ESP_INTR_FLAG_LOWMED;
    uint32_t status = (uint32_t)(uintptr_t)mcpwm_ll_intr_get_status_reg(UNIT);

    return esp_intr_alloc_intrstatus(ETS_PWM0_INTR_SOURCE, flags, status, MCPWM_LL_EVENT_CAPTURE(kPulse), on_interrupt, timer, &timer->interrupt);
}

static void close_unit(void)
{
    mcpwm_ll_intr_enable(UNIT, MCPWM_LL_EVENT_CAPTURE(kPulse), false);
    mcpwm_ll_intr_clear_status(UNIT, MCPWM_LL_EVENT_CAPTURE(kPulse));
    esp_rom_gpio_connect_in_signal(GPIO_MATRIX_CONST_ZERO_INPUT, PWM0_CAP0_IN_IDX, false);
    mcpwm_ll_capture_enable_channel(UNIT, kNow, false);
    mcpwm_ll_capture_enable_timer(UNIT, false);
    PERIPH_RCC_ATOMIC()
    {
        mcpwm_ll_enable_bus_clock(kGroup, false);
    }
    is_open = false;
}

esp_err_t pulse_timer_open(PulseTimer *timer, int pin)
{
    if (is_open)
        return ESP_ERR_INVALID_STATE;
    is_open = true;
    /* The capture timer counts the APB clock. */
    timer->ticks_per_microsecond = (uint32_t)esp_clk_apb_freq() / 1000000;
    open_unit();
    set_channel(kNow, false);
    mcpwm_ll_capture_enable_channel(UNIT, kNow, true);
    mcpwm_ll_capture_enable_timer(UNIT, true);
    set_channel(kPulse, true);
    esp_rom_gpio_connect_in_signal((uint32_t)pin, PWM0_CAP0_IN_IDX, false);
    esp_err_t error = open_interrupt(timer);
    if (error == ESP_OK)
        mcpwm_ll_intr_enable(UNIT, MCPWM_LL_EVENT_CAPTURE(kPulse), true);
    else
        close_unit();
    return error;
}

void pulse_timer_close(PulseTimer *timer)
{
    if (!timer->interrupt)
        return;
    pulse_timer_enable(timer, false);
    close_unit();
    esp_intr_free(timer->interrupt);
    timer->interrupt = NULL;
}

esp_err_t pulse_timer_enable(PulseTimer *timer, bool on)
{
    if (!on)
        mcpwm_ll_capture_enable_channel(UNIT, kPulse, false);
    esp_err_t error = on ? esp_intr_enable(timer->interrupt) : esp_intr_disable(timer->interrupt);
    if (on && error == ESP_OK)
        mcpwm_ll_capture_enable_channel(UNIT, kPulse, true);
    return error;
}

/*
 * How soon a capture by software shows in the register is not documented. The value before it would be of the call before, so the register
 * is read until it changes. It stays the same only 2^32 ticks after the call before, hence the limit.
 */
uint32_t pulse_timer_now(void)
{
    uint32_t before = mcpwm_ll_capture_get_value(UNIT, kNow), value = before;

    mcpwm_ll_trigger_soft_capture(UNIT, kNow);
    for (int i = 0; i < kReadings && value == before; i++)
        value = mcpwm_ll_capture_get_value(UNIT, kNow);
    return value;
}
