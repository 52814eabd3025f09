/* SPDX-License-Identifier: Apache-2.0 */

/* Class Serial of embedded:io/serial; see uart-line.h. */

#include <stdlib.h>

#include "options.h"
#include "uart-line.h"

#include "mc.xs.h"

#include "driver/uart.h"

enum { kHighestPin = 39, kHighestBaud = 5000000 };

typedef struct Serial {
    xsSlot object;
    UartLine *line; /* NULL: could not be opened, or was closed */
    xsSlot *onReadable;
    xsSlot *onWritable;
    bool number;
    uint32_t uses; /* the object, and a call back under way */
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

static void let_go(Serial *serial)
{
    if (--serial->uses == 0)
        free(serial);
}

static void shut(Serial *serial)
{
    if (serial->line)
        uart_line_close(serial->line);
    serial->line = NULL;
    let_go(serial);
}

void xs_uart_serial_destructor(void *data)
{
    if (data)
        shut(data);
}

/* In the XS task. Either call may close the object. */
static void on_events(xsMachine *the, void *owner, uint32_t events)
{
    Serial *serial = owner;
    size_t count = events & kLineReadable ? uart_line_readable(serial->line) : 0;

    serial->uses++;
    if (count > 0)
        call_back(the, &serial->object, serial->onReadable, (int)count);
    if ((events & kLineWritable) && serial->line)
        call_back(the, &serial->object, serial->onWritable, (int)uart_line_writable(serial->line));
    let_go(serial);
}

void xs_uart_serial(xsMachine *the)
{
    xsSlot format;
    UartLineOptions options = {
        .receive = option_integer(the, xsID_receive, "receive", -1, kHighestPin, -1),
        .transmit = option_integer(the, xsID_transmit, "transmit", -1, kHighestPin, -1),
        .port = option_integer(the, xsID_port, "port", 0, UART_NUM_MAX - 1, 1),
        .baud = option_integer(the, xsID_baud, "baud", 1, kHighestBaud, 0),
    };
    xsSlot *onReadable = option_callback(the, xsID_onReadable, "onReadable");
    xsSlot *onWritable = option_callback(the, xsID_onWritable, "onWritable");

    if (options.receive < 0 && options.transmit < 0)
        xsRangeError("receive or transmit is needed");
    xsmcGet(format, xsArg(0), xsID_format);
    bool number = option_is_number(the, &format);
    Serial *serial = calloc(1, sizeof(Serial));
    if (!serial)
        xsUnknownError("no memory");
    serial->uses = 1;
    serial->number = number;
    serial->onReadable = onReadable;
    serial->onWritable = onWritable;
    /* From here on the destructor frees it, also when opening throws. */
    xsmcSetHostData(xsThis, serial);
    xsSetHostHooks(xsThis, (xsHostHooks *)&kHooks);
    esp_err_t error = uart_line_open(&serial->line, the, &options, serial, on_events);
    if (error != ESP_OK)
        xsUnknownError("UART %d: %s", options.port, esp_err_to_name(error));
    serial->object = xsThis;
    xsRemember(serial->object);
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
    size_t available = uart_line_readable(serial->line), count = available;
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
    uart_line_read(serial->line, bytes, count);
    if (serial->number)
        xsmcSetInteger(xsResult, byte);
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
    if (!uart_line_write(serial->line, bytes, count))
        xsUnknownError("output full");
    xsmcSetInteger(xsResult, (xsIntegerValue)uart_line_writable(serial->line));
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
