/* SPDX-License-Identifier: Apache-2.0 */

#include "uart-line.h"

#include "notifier.h"

#include "driver/uart.h"
#include "freertos/FreeRTOS.h"
#include "freertos/queue.h"
#include "freertos/semphr.h"
#include "freertos/stream_buffer.h"
#include "freertos/task.h"

enum {
    kInputBytes = 16384,
    kOutputBytes = 4096,
    kChunkBytes = 128, /* the UART's FIFO */
    kEvents = 32,
    kStackBytes = 2560,
    kPriority = 6, /* above XS */
    /* At this level the FIFO has room for another 2.8 ms. */
    kFullThreshold = 64,
    kRefillMilliseconds = 2, /* shorter than sending a FIFO, so the line is never idle */
};

struct UartLine {
    Notifier notifier;
    void *owner;
    void (*on_events)(xsMachine *the, void *owner, uint32_t events);
    bool installed;
    uart_port_t port;
    QueueHandle_t events;
    StreamBufferHandle_t output; /* XS task to the line's task */
    SemaphoreHandle_t ended;
    TaskHandle_t task;
    _Atomic bool closing;
};

/* Sends an event of the driver's kind to the line's task. UART_EVENT_MAX only wakes it. */
static void wake(UartLine *line, uart_event_type_t type)
{
    uart_event_t event = {.type = type};
    /* If the queue is full, the task is awake: it has the driver's events to handle. */
    xQueueSend(line->events, &event, 0);
}

/* The bytes on their way into the FIFO. */
typedef struct Sending {
    uint8_t chunk[kChunkBytes];
    size_t length;
    size_t sent;
} Sending;

/* Fills the FIFO. Adds to `events`. True while bytes are left. */
static bool feed(UartLine *line, Sending *sending, uint32_t *events)
{
    if (sending->sent == sending->length) {
        sending->sent = 0;
        sending->length = xStreamBufferReceive(line->output, sending->chunk, sizeof sending->chunk, 0);
        if (sending->length > 0)
            *events |= kLineWritable;
    }
    if (sending->length > 0) {
        int taken = uart_tx_chars(line->port, (const char *)sending->chunk + sending->sent, (uint32_t)(sending->length - sending->sent));
        if (taken > 0)
            sending->sent += (size_t)taken;
    }
    return sending->sent < sending->length || xStreamBufferBytesAvailable(line->output) > 0;
}

static void line_task(void *refcon)
{
    UartLine *line = refcon;
    Sending sending = {.length = 0};
    bool busy = false;

    while (!atomic_load_explicit(&line->closing, memory_order_acquire)) {
        uart_event_t event;
        uint32_t events = 0;
        /* A break or an overrun is also readable: the message framing resynchronises. */
        if (xQueueReceive(line->events, &event, busy ? pdMS_TO_TICKS(kRefillMilliseconds) : portMAX_DELAY) && event.type != UART_EVENT_MAX)
            events |= kLineReadable;
        busy = feed(line, &sending, &events);
        if (events)
            notifier_post(&line->notifier, events);
    }
    xSemaphoreGive(line->ended);
    vTaskDelete(NULL);
}

static void on_posted(xsMachine *the, void *context, uint32_t events)
{
    UartLine *line = context;
    line->on_events(the, line->owner, events);
}

static esp_err_t open_port(UartLine *line, const UartLineOptions *options)
{
    uart_config_t config = {
        .baud_rate = options->baud,
        .data_bits = UART_DATA_8_BITS,
        .parity = UART_PARITY_DISABLE,
        .stop_bits = UART_STOP_BITS_1,
        .flow_ctrl = UART_HW_FLOWCTRL_DISABLE,
        .source_clk = UART_SCLK_DEFAULT,
    };
    if (uart_is_driver_installed(line->port))
        return ESP_ERR_INVALID_STATE;
    /* Without the driver's transmit buffer: a full one blocks the writer. */
    esp_err_t error = uart_driver_install(line->port, kInputBytes, 0, kEvents, &line->events, 0);
    line->installed = error == ESP_OK;
    if (error == ESP_OK)
        error = uart_param_config(line->port, &config);
    if (error == ESP_OK)
        error = uart_set_pin(line->port, options->transmit, options->receive, UART_PIN_NO_CHANGE, UART_PIN_NO_CHANGE);
    if (error == ESP_OK)
        error = uart_set_rx_full_threshold(line->port, kFullThreshold);
    return error;
}

static esp_err_t open_task(UartLine *line)
{
    line->output = xStreamBufferCreate(kOutputBytes, 1);
    line->ended = xSemaphoreCreateBinary();
    if (!line->output || !line->ended)
        return ESP_ERR_NO_MEM;
    return xTaskCreate(line_task, "serial", kStackBytes, line, kPriority, &line->task) == pdPASS ? ESP_OK : ESP_ERR_NO_MEM;
}

esp_err_t uart_line_open(UartLine **result, xsMachine *the, const UartLineOptions *options, void *owner,
                         void (*on_events)(xsMachine *the, void *owner, uint32_t events))
{
    UartLine *line = notifier_allocate(sizeof(UartLine));

    if (!line)
        return ESP_ERR_NO_MEM;
    notifier_init(&line->notifier, the, line, on_posted);
    line->owner = owner;
    line->on_events = on_events;
    line->port = (uart_port_t)options->port;
    esp_err_t error = open_port(line, options);
    if (error == ESP_OK)
        error = open_task(line);
    if (error != ESP_OK) {
        uart_line_close(line);
        return error;
    }
    notifier_post(&line->notifier, kLineWritable);
    *result = line;
    return ESP_OK;
}

size_t uart_line_readable(const UartLine *line)
{
    size_t count = 0;
    return uart_get_buffered_data_len(line->port, &count) == ESP_OK ? count : 0;
}

void uart_line_read(UartLine *line, void *bytes, size_t count)
{
    size_t available = uart_line_readable(line);

    uart_read_bytes(line->port, bytes, (uint32_t)count, 0);
    /* With a full ring buffer the driver holds back the FIFO's bytes, and adds them in uart_read_bytes() without an event. */
    if (uart_line_readable(line) > available - count)
        wake(line, UART_BUFFER_FULL);
}

size_t uart_line_writable(const UartLine *line)
{
    return xStreamBufferSpacesAvailable(line->output);
}

bool uart_line_write(UartLine *line, const void *bytes, size_t count)
{
    if (count > uart_line_writable(line))
        return false;
    xStreamBufferSend(line->output, bytes, count, 0);
    wake(line, UART_EVENT_MAX);
    return true;
}

/* Frees everything except the memory, which a message under way may refer to. */
void uart_line_close(UartLine *line)
{
    line->notifier.silent = true;
    if (line->task) {
        atomic_store_explicit(&line->closing, true, memory_order_release);
        wake(line, UART_EVENT_MAX);
        xSemaphoreTake(line->ended, portMAX_DELAY);
    }
    if (line->installed)
        uart_driver_delete(line->port);
    if (line->output)
        vStreamBufferDelete(line->output);
    if (line->ended)
        vSemaphoreDelete(line->ended);
    notifier_release(&line->notifier);
}
