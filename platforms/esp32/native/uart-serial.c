/* SPDX-License-Identifier: Apache-2.0 */

/* Class Serial of embedded:io/serial; see uart-line.h. */

#include "native-class.h"
#include "uart-line.h"

#include "mc.xs.h"

#include "driver/uart.h"

enum { kHighestPin = 39, kHighestBaud = 5000000 };

enum { kOnReadable, kOnWritable };

typedef struct Serial {
    NativeObject base;
    UartLine *line; /* NULL: the constructor failed, or closed */
    bool is_number;
} Serial;

void xs_serial_destructor(void *data);

static const xsHostHooks kHooks = {xs_serial_destructor, native_mark, NULL};

void xs_serial_destructor(void *data)
{
    Serial *serial = data;

    if (!serial)
        return;
    if (serial->line)
        uart_line_close(serial->line);
    serial->line = NULL;
    native_release(&serial->base);
}

/* In the XS task. Each callback may close the object. */
static void on_events(xsMachine *the, void *owner, uint32_t events)
{
    Serial *serial = owner;
    size_t count = events & kLineReadable ? uart_line_readable(serial->line) : 0;

    native_hold(&serial->base);
    if (count > 0)
        native_call(the, &serial->base, kOnReadable, (int)count);
    if ((events & kLineWritable) && serial->line)
        native_call(the, &serial->base, kOnWritable, (int)uart_line_writable(serial->line));
    native_release(&serial->base);
}

void xs_serial(xsMachine *the)
{
    Serial *serial = native_create(the, sizeof *serial, &kHooks);
    UartLineOptions options = {
        .receive = native_integer(the, &xsArg(0), xsID_receive, "receive", -1, kHighestPin, -1),
        .transmit = native_integer(the, &xsArg(0), xsID_transmit, "transmit", -1, kHighestPin, -1),
        .port = native_integer(the, &xsArg(0), xsID_port, "port", 0, UART_NUM_MAX - 1, 1),
        .baud = native_integer(the, &xsArg(0), xsID_baud, "baud", 1, kHighestBaud, 0),
    };

    if (options.receive < 0 && options.transmit < 0)
        xsRangeError("receive and transmit are missing: expected at least one");
    native_callback(the, &serial->base, kOnReadable, xsID_onReadable, "onReadable");
    native_callback(the, &serial->base, kOnWritable, xsID_onWritable, "onWritable");
    serial->is_number = native_format_option(the);
    native_target(the);
    esp_err_t error = uart_line_open(&serial->line, the, &options, serial, on_events);
    if (error != ESP_OK)
        xsUnknownError("UART %d: %s", options.port, esp_err_to_name(error));
    native_remember(the, &serial->base);
}

void xs_serial_close(xsMachine *the)
{
    xs_serial_destructor(native_detach(the, &xsThis, &kHooks));
}

static void read_line(void *line, void *bytes, size_t count)
{
    uart_line_read(line, bytes, count);
}

void xs_serial_read(xsMachine *the)
{
    Serial *serial = native_this(the, &kHooks);
    native_read(the, serial->is_number, uart_line_readable(serial->line), true, read_line, serial->line);
}

void xs_serial_write(xsMachine *the)
{
    Serial *serial = native_this(the, &kHooks);
    uint8_t byte;
    size_t count;
    const void *bytes = native_write(the, serial->is_number, &byte, &count);

    if (!uart_line_write(serial->line, bytes, count))
        xsUnknownError("output full");
    xsmcSetInteger(xsResult, (xsIntegerValue)uart_line_writable(serial->line));
}

void xs_serial_get_format(xsMachine *the)
{
    Serial *serial = native_this(the, &kHooks);
    native_format_result(the, serial->is_number);
}

void xs_serial_set_format(xsMachine *the)
{
    Serial *serial = native_this(the, &kHooks);
    serial->is_number = native_is_number(the, &xsArg(0));
}
