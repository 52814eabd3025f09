/* SPDX-License-Identifier: Apache-2.0 */
#include "fake-spi.h"

#include <stdbool.h>
#include <string.h>

#include "driver/gpio.h"
#include "driver/mcpwm_cap.h"
#include "driver/spi_master.h"
#include "fake-tasks.h"
#include "fake-timer.h"

struct spi_device_t {
    spi_transaction_t *transaction;
    size_t count;
};

FakeSPI fake_spi;
static struct spi_device_t device;

void fake_spi_bus(const uint8_t *bytes)
{
    fake_spi.bytes = bytes;
    fake_spi.offset = 0;
    fake_spi.transfers = 0;
}

esp_err_t spi_bus_initialize(spi_host_device_t host, const spi_bus_config_t *config, spi_dma_chan_t channel)
{
    (void)host;
    (void)config;
    (void)channel;
    fake_spi.buses++;
    return ESP_OK;
}

esp_err_t spi_bus_free(spi_host_device_t host)
{
    (void)host;
    fake_spi.buses--;
    return ESP_OK;
}

esp_err_t spi_bus_add_device(spi_host_device_t host, const spi_device_interface_config_t *config, spi_device_handle_t *handle)
{
    (void)host;
    (void)config;
    fake_spi.devices++;
    *handle = &device;
    return ESP_OK;
}

esp_err_t spi_bus_remove_device(spi_device_handle_t handle)
{
    (void)handle;
    fake_spi.devices--;
    return ESP_OK;
}

esp_err_t spi_device_get_actual_freq(spi_device_handle_t handle, int *khz)
{
    (void)handle;
    *khz = fake_spi.actual_khz;
    return ESP_OK;
}

esp_err_t spi_device_queue_trans(spi_device_handle_t handle, spi_transaction_t *transaction, TickType_t ticks)
{
    (void)ticks;
    handle->transaction = transaction;
    handle->count = transaction->rxlength / 8;
    fake_spi.transfers++;
    fake_spi.began = fake_microseconds;
    fake_spi.ended = fake_microseconds + (int64_t)transaction->rxlength * 1000 / fake_spi.actual_khz;
    memcpy(transaction->rx_buffer, fake_spi.bytes + fake_spi.offset, handle->count);
    fake_spi.offset += handle->count;
    return ESP_OK;
}

esp_err_t spi_device_get_trans_result(spi_device_handle_t handle, spi_transaction_t **transaction, TickType_t ticks)
{
    (void)ticks;
    fake_wait(NULL, NULL, fake_spi.ended);
    *transaction = handle->transaction;
    return ESP_OK;
}

esp_err_t gpio_config(const gpio_config_t *config)
{
    (void)config;
    return ESP_OK;
}

esp_err_t gpio_reset_pin(gpio_num_t number)
{
    (void)number;
    return ESP_OK;
}

enum { kTicksPerMicrosecond = 80, kChannels = 3 };

struct mcpwm_cap_timer_t {
    bool enabled, started;
};

struct mcpwm_cap_channel_t {
    bool used, enabled, pending;
    bool edges; /* of the pin; the other channels have none */
    uint32_t latched;
    mcpwm_capture_event_cb_t handler;
    void *argument;
};

static struct mcpwm_cap_timer_t timer;
static struct mcpwm_cap_channel_t channels[kChannels];
static bool interrupts_off;
bool fake_software_time;
int fake_captures;

static esp_err_t change(bool *state, bool value)
{
    if (*state == value)
        return ESP_ERR_INVALID_STATE;
    *state = value;
    return ESP_OK;
}

static void latch(struct mcpwm_cap_channel_t *channel)
{
    channel->latched = (uint32_t)((uint64_t)fake_microseconds * kTicksPerMicrosecond);
}

esp_err_t mcpwm_new_capture_timer(const mcpwm_capture_timer_config_t *config, mcpwm_cap_timer_handle_t *handle)
{
    (void)config;
    fake_captures++;
    timer = (struct mcpwm_cap_timer_t){.enabled = false};
    *handle = &timer;
    return ESP_OK;
}

esp_err_t mcpwm_del_capture_timer(mcpwm_cap_timer_handle_t handle)
{
    if (handle->enabled)
        return ESP_ERR_INVALID_STATE;
    fake_captures--;
    return ESP_OK;
}

esp_err_t mcpwm_capture_timer_enable(mcpwm_cap_timer_handle_t handle)
{
    return change(&handle->enabled, true);
}

esp_err_t mcpwm_capture_timer_disable(mcpwm_cap_timer_handle_t handle)
{
    return change(&handle->enabled, false);
}

esp_err_t mcpwm_capture_timer_start(mcpwm_cap_timer_handle_t handle)
{
    handle->started = true;
    return handle->enabled ? ESP_OK : ESP_ERR_INVALID_STATE;
}

esp_err_t mcpwm_capture_timer_stop(mcpwm_cap_timer_handle_t handle)
{
    handle->started = false;
    return handle->enabled ? ESP_OK : ESP_ERR_INVALID_STATE;
}

esp_err_t mcpwm_capture_timer_get_resolution(mcpwm_cap_timer_handle_t handle, uint32_t *hz)
{
    (void)handle;
    *hz = kTicksPerMicrosecond * 1000000;
    return ESP_OK;
}

esp_err_t mcpwm_new_capture_channel(mcpwm_cap_timer_handle_t handle, const mcpwm_capture_channel_config_t *config, mcpwm_cap_channel_handle_t *channel)
{
    (void)handle;
    for (int i = 0; i < kChannels; i++)
        if (!channels[i].used) {
            channels[i] = (struct mcpwm_cap_channel_t){.used = true, .edges = config->gpio_num >= 0 && config->flags.pos_edge};
            *channel = &channels[i];
            fake_captures++;
            return ESP_OK;
        }
    return ESP_ERR_NO_MEM;
}

esp_err_t mcpwm_del_capture_channel(mcpwm_cap_channel_handle_t channel)
{
    if (channel->enabled)
        return ESP_ERR_INVALID_STATE;
    channel->used = false;
    fake_captures--;
    return ESP_OK;
}

esp_err_t mcpwm_capture_channel_enable(mcpwm_cap_channel_handle_t channel)
{
    return change(&channel->enabled, true);
}

esp_err_t mcpwm_capture_channel_disable(mcpwm_cap_channel_handle_t channel)
{
    return change(&channel->enabled, false);
}

esp_err_t mcpwm_capture_channel_register_event_callbacks(mcpwm_cap_channel_handle_t channel, const mcpwm_capture_event_callbacks_t *callbacks, void *argument)
{
    channel->handler = callbacks->on_cap;
    channel->argument = argument;
    return ESP_OK;
}

esp_err_t mcpwm_capture_channel_trigger_soft_catch(mcpwm_cap_channel_handle_t channel)
{
    if (!channel->enabled || !timer.started)
        return ESP_ERR_INVALID_STATE;
    latch(channel);
    return ESP_OK;
}

esp_err_t mcpwm_capture_get_latched_value(mcpwm_cap_channel_handle_t channel, uint32_t *value)
{
    *value = channel->latched;
    return ESP_OK;
}

static void interrupt(struct mcpwm_cap_channel_t *channel)
{
    if (fake_software_time)
        latch(channel);
    const mcpwm_capture_event_data_t event = {.cap_value = channel->latched};

    channel->pending = false;
    channel->handler(channel, &event, channel->argument);
}

void fake_edge(void)
{
    for (int i = 0; i < kChannels; i++) {
        struct mcpwm_cap_channel_t *channel = &channels[i];
        if (!channel->used || !channel->edges || !channel->enabled || !channel->handler)
            continue;
        latch(channel);
        channel->pending = true;
        if (!interrupts_off)
            interrupt(channel);
    }
}

void fake_interrupts(bool on)
{
    interrupts_off = !on;
    for (int i = 0; on && i < kChannels; i++)
        if (channels[i].used && channels[i].pending)
            interrupt(&channels[i]);
}
