/* SPDX-License-Identifier: Apache-2.0 */
#include "fake-uart.h"

#include <string.h>

#include "driver/uart.h"
#include "fake-timer.h"

enum { kFifoBytes = 128, kBitsPerByte = 10 };

FakeUART fake_uart;
static QueueHandle_t events;
static int baud;
static size_t ring_bytes, buffered, held;
static uint8_t ring[65536]; /* the buffered bytes, then those held back */

static void send_event(uart_event_type_t type)
{
    const uart_event_t event = {.type = type};
    xQueueSend(events, &event, 0);
}

bool uart_is_driver_installed(uart_port_t port)
{
    (void)port;
    return fake_uart.installed || fake_uart.in_use;
}

esp_err_t uart_driver_install(uart_port_t port, int rx_bytes, int tx_bytes, int length, QueueHandle_t *queue, int flags)
{
    bool in_use = fake_uart.in_use;

    (void)port;
    (void)tx_bytes;
    (void)flags;
    fake_uart = (FakeUART){.installed = true, .in_use = in_use};
    ring_bytes = (size_t)rx_bytes;
    buffered = held = 0;
    *queue = events = xQueueCreate((UBaseType_t)length, sizeof(uart_event_t));
    return ESP_OK;
}

esp_err_t uart_driver_delete(uart_port_t port)
{
    (void)port;
    vQueueDelete(events);
    fake_uart.installed = false;
    return ESP_OK;
}

esp_err_t uart_param_config(uart_port_t port, const uart_config_t *config)
{
    (void)port;
    baud = config->baud_rate;
    return baud > 0 ? ESP_OK : ESP_ERR_INVALID_ARG;
}

esp_err_t uart_set_pin(uart_port_t port, int transmit, int receive, int rts, int cts)
{
    (void)port;
    (void)transmit;
    (void)receive;
    (void)rts;
    (void)cts;
    return ESP_OK;
}

esp_err_t uart_set_rx_full_threshold(uart_port_t port, int threshold)
{
    (void)port;
    (void)threshold;
    return ESP_OK;
}

void fake_uart_receive(const void *bytes, size_t count)
{
    size_t room = held ? 0 : ring_bytes - buffered, taken = count < room ? count : room;

    memcpy(ring + buffered + held, bytes, count);
    buffered += taken;
    held += count - taken;
    if (taken)
        send_event(held ? UART_BUFFER_FULL : UART_DATA);
}

esp_err_t uart_get_buffered_data_len(uart_port_t port, size_t *size)
{
    (void)port;
    *size = buffered;
    return ESP_OK;
}

int uart_read_bytes(uart_port_t port, void *bytes, uint32_t length, TickType_t ticks)
{
    size_t count = length < buffered ? length : buffered;

    (void)port;
    (void)ticks;
    memcpy(bytes, ring, count);
    memmove(ring, ring + count, buffered + held - count);
    buffered -= count;
    size_t moved = held < ring_bytes - buffered ? held : ring_bytes - buffered;
    buffered += moved;
    held -= moved;
    return (int)count;
}

int uart_tx_chars(uart_port_t port, const char *bytes, uint32_t length)
{
    int64_t byte = (int64_t)kBitsPerByte * 1000000 / baud;

    (void)port;
    if (fake_uart.idle < fake_microseconds) {
        fake_uart.gaps += fake_uart.count ? fake_microseconds - fake_uart.idle : 0;
        fake_uart.idle = fake_microseconds;
    }
    size_t waiting = (size_t)((fake_uart.idle - fake_microseconds + byte - 1) / byte);
    size_t room = waiting < kFifoBytes ? kFifoBytes - waiting : 0, count = length < room ? length : room;
    memcpy(fake_uart.sent + fake_uart.count, bytes, count);
    fake_uart.count += count;
    fake_uart.idle += (int64_t)count * byte;
    return (int)count;
}
