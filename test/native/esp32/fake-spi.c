/* SPDX-License-Identifier: Apache-2.0 */
#include "fake-spi.h"

#include <stdbool.h>
#include <string.h>

#include "driver/gpio.h"
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
