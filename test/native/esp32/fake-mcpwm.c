/* SPDX-License-Identifier: Apache-2.0 */

#include "fake-mcpwm.h"

#include <stdio.h>
#include <stdlib.h>

#include "esp_hal_mcpwm/esp32/include/hal/mcpwm_ll.h"
#include "esp_intr_alloc.h"
#include "esp_private/esp_clk.h"
#include "esp_private/periph_ctrl.h"
#include "esp_rom_gpio.h"
#include "fake-timer.h"
#include "soc/gpio_pins.h"
#include "soc/gpio_sig_map.h"
#include "soc/interrupts.h"

enum { kTicksPerMicrosecond = 80, kChannels = 3 };

typedef struct Channel {
    bool enabled, rising, falling, inverted;
    uint32_t prescale;
    uint32_t latched;
    uint32_t next, readings; /* latched by software, and how often the register is read before it has it */
} Channel;

struct mcpwm_dev_t {
    bool clock, was_reset, counts;
    uint32_t interrupts, status; /* masks: enabled, raised */
    Channel channels[kChannels];
};

struct intr_handle_data_t {
    intr_handler_t handler;
    void *argument;
    uint32_t mask;
    bool enabled;
};

static mcpwm_dev_t unit;
mcpwm_dev_t *const fake_mcpwm = &unit;
static struct intr_handle_data_t vector;
static bool is_connected; /* the pin, to channel 0 */
static bool interrupts_off;
static int critical; /* nesting of the clocks' critical section */
bool fake_software_time;
bool fake_no_interrupt;
uint32_t fake_latch_readings;

static void expect(bool right, const char *what)
{
    if (right)
        return;
    fprintf(stderr, "MCPWM: %s\n", what);
    abort();
}

static Channel *channel_of(mcpwm_dev_t *mcpwm, int number)
{
    expect(mcpwm->clock && mcpwm->was_reset, "access without clock or reset");
    expect(number >= 0 && number < kChannels, "no such channel");
    return &mcpwm->channels[number];
}

static uint32_t timer_value(void)
{
    return (uint32_t)((uint64_t)fake_microseconds * kTicksPerMicrosecond);
}

static void latch(Channel *channel)
{
    channel->latched = timer_value();
}

void periph_rcc_enter(void)
{
    critical++;
}

void periph_rcc_exit(void)
{
    critical--;
}

int esp_clk_apb_freq(void)
{
    return kTicksPerMicrosecond * 1000000;
}

void esp_rom_gpio_connect_in_signal(uint32_t gpio, uint32_t signal, bool inverted)
{
    expect(signal == PWM0_CAP0_IN_IDX && !inverted, "wrong signal");
    is_connected = gpio != GPIO_MATRIX_CONST_ZERO_INPUT;
}

void mcpwm_ll_enable_bus_clock(int group, bool enable)
{
    expect(critical && group == 0, "clock outside the critical section");
    unit.clock = enable;
}

void mcpwm_ll_reset_register(int group)
{
    expect(critical && group == 0, "reset outside the critical section");
    unit = (mcpwm_dev_t){.clock = unit.clock, .was_reset = true};
}

void mcpwm_ll_group_enable_shadow_mode(mcpwm_dev_t *mcpwm)
{
    channel_of(mcpwm, 0);
}

void mcpwm_ll_group_flush_shadow(mcpwm_dev_t *mcpwm)
{
    channel_of(mcpwm, 0);
}

volatile void *mcpwm_ll_intr_get_status_reg(mcpwm_dev_t *mcpwm)
{
    return &mcpwm->status;
}

void mcpwm_ll_intr_enable(mcpwm_dev_t *mcpwm, uint32_t mask, bool enable)
{
    channel_of(mcpwm, 0);
    mcpwm->interrupts = enable ? mcpwm->interrupts | mask : mcpwm->interrupts & ~mask;
}

uint32_t mcpwm_ll_intr_get_status(mcpwm_dev_t *mcpwm)
{
    channel_of(mcpwm, 0);
    return mcpwm->status & mcpwm->interrupts;
}

void mcpwm_ll_intr_clear_status(mcpwm_dev_t *mcpwm, uint32_t mask)
{
    channel_of(mcpwm, 0);
    mcpwm->status &= ~mask;
}

void mcpwm_ll_capture_enable_timer(mcpwm_dev_t *mcpwm, bool enable)
{
    channel_of(mcpwm, 0);
    mcpwm->counts = enable;
}

void mcpwm_ll_capture_enable_channel(mcpwm_dev_t *mcpwm, int channel, bool enable)
{
    channel_of(mcpwm, channel)->enabled = enable;
    expect(channel != 0 || !enable || vector.enabled, "edges are captured that nothing handles");
}

void mcpwm_ll_capture_enable_posedge(mcpwm_dev_t *mcpwm, int channel, bool enable)
{
    channel_of(mcpwm, channel)->rising = enable;
}

void mcpwm_ll_capture_enable_negedge(mcpwm_dev_t *mcpwm, int channel, bool enable)
{
    channel_of(mcpwm, channel)->falling = enable;
}

void mcpwm_ll_invert_input(mcpwm_dev_t *mcpwm, int channel, bool invert)
{
    channel_of(mcpwm, channel)->inverted = invert;
}

void mcpwm_ll_capture_set_prescale(mcpwm_dev_t *mcpwm, int channel, uint32_t prescale)
{
    channel_of(mcpwm, channel)->prescale = prescale;
}

/* It raises the interrupt of its channel, too. */
void mcpwm_ll_trigger_soft_capture(mcpwm_dev_t *mcpwm, int channel)
{
    Channel *triggered = channel_of(mcpwm, channel);

    expect(triggered->enabled && mcpwm->counts, "the channel or the timer is off");
    triggered->next = timer_value();
    triggered->readings = fake_latch_readings;
    if (!triggered->readings)
        triggered->latched = triggered->next;
    mcpwm->status |= MCPWM_LL_EVENT_CAPTURE(channel);
    expect(!(mcpwm->interrupts & MCPWM_LL_EVENT_CAPTURE(channel)), "an interrupt that nothing waits for");
}

uint32_t mcpwm_ll_capture_get_value(mcpwm_dev_t *mcpwm, int channel)
{
    Channel *read = channel_of(mcpwm, channel);
    uint32_t value = read->latched;

    if (read->readings && !--read->readings)
        read->latched = read->next;
    return value;
}

/* Interrupts */

static void handle(void)
{
    if (interrupts_off || !vector.enabled || !(unit.status & unit.interrupts & vector.mask))
        return;
    if (fake_software_time)
        latch(&unit.channels[0]);
    vector.handler(vector.argument);
    expect(!(unit.status & unit.interrupts), "the interrupt was not cleared");
}

esp_err_t esp_intr_alloc_intrstatus(int source, int flags, uint32_t status, uint32_t mask, intr_handler_t handler, void *argument, intr_handle_t *handle)
{
    expect(source == ETS_PWM0_INTR_SOURCE && (flags & ESP_INTR_FLAG_INTRDISABLED), "wrong interrupt");
    expect(status == (uint32_t)(uintptr_t)&unit.status, "wrong status register");
    if (fake_no_interrupt) {
        fake_no_interrupt = false;
        return ESP_ERR_NOT_FOUND;
    }
    vector = (struct intr_handle_data_t){.handler = handler, .argument = argument, .mask = mask};
    *handle = &vector;
    return ESP_OK;
}

esp_err_t esp_intr_free(intr_handle_t handle)
{
    expect(handle == &vector && vector.handler, "no such interrupt");
    vector = (struct intr_handle_data_t){.enabled = false};
    return ESP_OK;
}

esp_err_t esp_intr_enable(intr_handle_t interrupt)
{
    expect(interrupt == &vector && vector.handler, "no such interrupt");
    vector.enabled = true;
    handle();
    return ESP_OK;
}

esp_err_t esp_intr_disable(intr_handle_t interrupt)
{
    expect(interrupt == &vector && vector.handler, "no such interrupt");
    expect(!unit.channels[0].enabled, "edges are captured that nothing handles");
    vector.enabled = false;
    return ESP_OK;
}

void fake_edge(void)
{
    const Channel *channel = &unit.channels[0];

    if (!unit.clock || !unit.counts || !is_connected || !channel->enabled || !channel->rising || channel->inverted || channel->prescale != 1)
        return;
    latch(&unit.channels[0]);
    unit.status |= MCPWM_LL_EVENT_CAPTURE(0);
    handle();
}

void fake_interrupts(bool on)
{
    interrupts_off = !on;
    handle();
}

bool fake_captures(void)
{
    return unit.clock || is_connected || vector.handler;
}
