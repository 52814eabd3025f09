/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Class Serial of embedded:io/serial on the IDF's UART driver. The SDK's own class reads the UART's 128-byte FIFO from the XS task: at
 * 230,400 baud that is full in 5.5 ms, and erasing a sector of flash takes ten times as long. Here the driver's interrupt, which is in
 * IRAM, fills a ring of 16 KB, more than the longest command; a task sends, and brings events.
 */

#include <string.h>

#include "doorbell.h"
#include "options.h"

#include "mc.xs.h"

#include "driver/uart.h"
#include "esp_heap_caps.h"
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
    /* The FIFO has room for 2.8 ms more when the interrupt comes. */
    kFullThreshold = 64,
    kRetryMilliseconds = 2, /* less than it takes to send a FIFO: the line never falls idle */
    kHighestPin = 39,
    kHighestBaud = 5000000,
};

enum { kReadable = 1, kWritable = 2 };

typedef struct Serial {
    Doorbell bell;
    xsSlot object;
    xsSlot *onReadable;
    xsSlot *onWritable;
    bool number;
    bool installed;
    uart_port_t port;
    QueueHandle_t events;
    StreamBufferHandle_t output; /* XS task to the serial task */
    SemaphoreHandle_t ended;
    TaskHandle_t task;
    _Atomic bool closing;
} Serial;

void xs_uart_serial_destructor(void *data);

static void mark(xsMachine *the, void *data, xsMarkRoot markRoot)
{
    Serial *serial = data;
    if (serial && serial->onReadable)
        (*markRoot)(the, serial->onReadable);
    if (serial && serial->onWritable)
        (*markRoot)(the, serial->onWritable);
}

static const xsHostHooks kHooks = {xs_uart_serial_destructor, mark, NULL};

static Serial *validate(xsMachine *the)
{
    Serial *serial = xsmcGetHostDataValidate(xsThis, (void *)&kHooks);
    if (!serial)
        xsSyntaxError("closed");
    return serial;
}

static size_t readable(const Serial *serial)
{
    size_t count = 0;
    return uart_get_buffered_data_len(serial->port, &count) == ESP_OK ? count : 0;
}

/* To the serial task as if the driver had sent it; of UART_EVENT_MAX the task only wakes. */
static void post(Serial *serial, uart_event_type_t type)
{
    uart_event_t event = {.type = type};
    /* Where the queue is full the task is awake, and has events of the driver's to tell. */
    xQueueSend(serial->events, &event, 0);
}

/* What waits to be sent, as far as it fits the FIFO. */
typedef struct Sending {
    uint8_t chunk[kChunkBytes];
    size_t length;
    size_t sent;
} Sending;

/* True while there is more. Events to tell are added to `events`. */
static bool feed(Serial *serial, Sending *sending, uint32_t *events)
{
    if (sending->sent == sending->length) {
        sending->sent = 0;
        sending->length = xStreamBufferReceive(serial->output, sending->chunk, sizeof sending->chunk, 0);
        if (sending->length > 0)
            *events |= kWritable;
    }
    if (sending->length > 0) {
        int taken = uart_tx_chars(serial->port, (const char *)sending->chunk + sending->sent, (uint32_t)(sending->length - sending->sent));
        if (taken > 0)
            sending->sent += (size_t)taken;
    }
    return sending->sent < sending->length || xStreamBufferBytesAvailable(serial->output) > 0;
}

static void serial_task(void *refcon)
{
    Serial *serial = refcon;
    Sending sending = {.length = 0};
    bool busy = false;

    while (!atomic_load_explicit(&serial->closing, memory_order_acquire)) {
        uart_event_t event;
        uint32_t events = 0;
        TickType_t patience = busy ? pdMS_TO_TICKS(kRetryMilliseconds) : portMAX_DELAY;
        /* Of a line that breaks up or a ring that ran over, what is left is read: the framing above finds its next beginning. */
        if (xQueueReceive(serial->events, &event, patience) && event.type != UART_EVENT_MAX)
            events |= kReadable;
        busy = feed(serial, &sending, &events);
        if (events)
            doorbell_ring(&serial->bell, events);
    }
    xSemaphoreGive(serial->ended);
    vTaskDelete(NULL);
}

static void answer(xsMachine *the, Doorbell *bell, uint32_t events)
{
    Serial *serial = (Serial *)bell;
    size_t count = events & kReadable ? readable(serial) : 0;

    if (count > 0)
        call_back(the, &serial->object, serial->onReadable, (int)count);
    if ((events & kWritable) && !bell->silent)
        call_back(the, &serial->object, serial->onWritable, (int)xStreamBufferSpacesAvailable(serial->output));
}

/* Gives everything back but the memory, which a message under way may refer to. */
static void shut(Serial *serial)
{
    serial->bell.silent = true;
    if (serial->task) {
        atomic_store_explicit(&serial->closing, true, memory_order_release);
        post(serial, UART_EVENT_MAX);
        xSemaphoreTake(serial->ended, portMAX_DELAY);
    }
    if (serial->installed)
        uart_driver_delete(serial->port);
    if (serial->output)
        vStreamBufferDelete(serial->output);
    if (serial->ended)
        vSemaphoreDelete(serial->ended);
    doorbell_release(&serial->bell);
}

void xs_uart_serial_destructor(void *data)
{
    if (data)
        shut(data);
}

static void release(Doorbell *bell)
{
    heap_caps_free(bell);
}

static esp_err_t open_port(Serial *serial, int baud, int receive, int transmit)
{
    uart_config_t config = {
        .baud_rate = baud,
        .data_bits = UART_DATA_8_BITS,
        .parity = UART_PARITY_DISABLE,
        .stop_bits = UART_STOP_BITS_1,
        .flow_ctrl = UART_HW_FLOWCTRL_DISABLE,
        .source_clk = UART_SCLK_DEFAULT,
    };
    if (uart_is_driver_installed(serial->port))
        return ESP_ERR_INVALID_STATE;
    /* No sending ring of the driver's: a full one blocks whoever writes. */
    esp_err_t error = uart_driver_install(serial->port, kInputBytes, 0, kEvents, &serial->events, 0);
    serial->installed = error == ESP_OK;
    if (error == ESP_OK)
        error = uart_param_config(serial->port, &config);
    if (error == ESP_OK)
        error = uart_set_pin(serial->port, transmit, receive, UART_PIN_NO_CHANGE, UART_PIN_NO_CHANGE);
    if (error == ESP_OK)
        error = uart_set_rx_full_threshold(serial->port, kFullThreshold);
    return error;
}

static esp_err_t open_task(Serial *serial)
{
    serial->output = xStreamBufferCreate(kOutputBytes, 1);
    serial->ended = xSemaphoreCreateBinary();
    if (!serial->output || !serial->ended)
        return ESP_ERR_NO_MEM;
    return xTaskCreate(serial_task, "serial", kStackBytes, serial, kPriority, &serial->task) == pdPASS ? ESP_OK : ESP_ERR_NO_MEM;
}

void xs_uart_serial(xsMachine *the)
{
    xsSlot format;
    int receive = option_integer(the, xsID_receive, "receive", -1, kHighestPin, -1);
    int transmit = option_integer(the, xsID_transmit, "transmit", -1, kHighestPin, -1);
    int port = option_integer(the, xsID_port, "port", 0, UART_NUM_MAX - 1, 1);
    int baud = option_integer(the, xsID_baud, "baud", 1, kHighestBaud, 0);
    xsSlot *onReadable = option_callback(the, xsID_onReadable, "onReadable");
    xsSlot *onWritable = option_callback(the, xsID_onWritable, "onWritable");

    if (receive < 0 && transmit < 0)
        xsRangeError("receive or transmit is needed");
    xsmcGet(format, xsArg(0), xsID_format);
    bool number = option_is_number(the, &format);
    Serial *serial = doorbell_allocate(sizeof(Serial));
    if (!serial)
        xsUnknownError("no memory");
    serial->bell.the = the;
    serial->bell.answer = answer;
    serial->bell.release = release;
    serial->port = (uart_port_t)port;
    serial->number = number;
    serial->onReadable = onReadable;
    serial->onWritable = onWritable;
    /* From here on the destructor frees it, also when opening throws. */
    xsmcSetHostData(xsThis, serial);
    xsSetHostHooks(xsThis, (xsHostHooks *)&kHooks);
    esp_err_t error = open_port(serial, baud, receive, transmit);
    if (error == ESP_OK)
        error = open_task(serial);
    if (error != ESP_OK)
        xsUnknownError("UART %d: %s", port, esp_err_to_name(error));
    serial->object = xsThis;
    xsRemember(serial->object);
    doorbell_ring(&serial->bell, kWritable);
}

void xs_uart_serial_close(xsMachine *the)
{
    if (!xsmcGetHostData(xsThis))
        return;
    Serial *serial = validate(the);
    xsForget(serial->object);
    xsmcSetHostData(xsThis, NULL);
    shut(serial);
}

/* read(), read(count) and read(buffer); fewer bytes than asked for are given when there are no more. */
void xs_uart_serial_read(xsMachine *the)
{
    Serial *serial = validate(the);
    size_t available = readable(serial), count = available;
    xsType type = xsmcArgc > 0 ? xsmcTypeOf(xsArg(0)) : xsUndefinedType;
    uint8_t byte;
    void *bytes = &byte;

    if (!available)
        return;
    if (serial->number)
        count = 1;
    else if (type == xsReferenceType) {
        xsUnsignedValue size;
        xsmcGetBufferWritable(xsArg(0), &bytes, &size);
        count = size < available ? size : available;
        xsmcSetInteger(xsResult, (xsIntegerValue)count);
    } else {
        if (type != xsUndefinedType) {
            xsIntegerValue wanted = xsmcToInteger(xsArg(0));
            if (wanted <= 0)
                xsRangeError("invalid count");
            count = (size_t)wanted < available ? (size_t)wanted : available;
        }
        bytes = xsmcSetArrayBuffer(xsResult, NULL, (xsIntegerValue)count);
    }
    uart_read_bytes(serial->port, bytes, (uint32_t)count, 0);
    if (serial->number)
        xsmcSetInteger(xsResult, byte);
    /* What the driver held back while its ring was full comes into it with this reading, and without an event. */
    if (readable(serial) > available - count)
        post(serial, UART_BUFFER_FULL);
}

void xs_uart_serial_write(xsMachine *the)
{
    Serial *serial = validate(the);
    xsUnsignedValue count = 1;
    uint8_t byte;
    void *bytes = &byte;

    if (serial->number)
        byte = (uint8_t)xsmcToInteger(xsArg(0));
    else
        xsmcGetBufferReadable(xsArg(0), &bytes, &count);
    if (count > xStreamBufferSpacesAvailable(serial->output))
        xsUnknownError("output full");
    xStreamBufferSend(serial->output, bytes, count, 0);
    post(serial, UART_EVENT_MAX);
    xsmcSetInteger(xsResult, (xsIntegerValue)xStreamBufferSpacesAvailable(serial->output));
}

void xs_uart_serial_get_format(xsMachine *the)
{
    xsmcSetString(xsResult, validate(the)->number ? "number" : "buffer");
}

void xs_uart_serial_set_format(xsMachine *the)
{
    Serial *serial = validate(the);
    serial->number = option_is_number(the, &xsArg(0));
}
