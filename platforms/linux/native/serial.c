/* SPDX-License-Identifier: Apache-2.0 */

/*
 * embedded:io/serial over the board link. As on the ESP32, write() throws "output full" when the bytes do not fit the transmit buffer.
 */

#include <stdio.h>

#include "board-connection.h"
#include "buffered-socket.h"
#include "mc.xs.h"
#include "native-class.h"

enum {
    /* As platforms/esp32/native/uart-line.c. */
    kTransmitBytes = 4096,
    kReceiveBytes = 4096,
    kNoPin = -1,
    kHighestPin = 255,
    kHighestBaud = 20000000,
};

enum { kOnReadable, kOnWritable };

typedef struct Serial {
    NativeObject base;
    BufferedSocket *socket;
    bool is_number;
    bool receives;
    bool transmits;
} Serial;

void xs_serial_destructor(void *data);

static const xsHostHooks kHooks = {xs_serial_destructor, native_mark, NULL};

void xs_serial_destructor(void *data)
{
    Serial *serial = data;

    if (!serial)
        return;
    buffered_socket_abort(serial->socket);
    native_release(&serial->base);
}

/* The end of the connection is the end of the board: a UART has no such event. */
static void on_event(xsMachine *the, BufferedSocketEvent event, void *refcon)
{
    Serial *serial = refcon;

    if (event == kSocketReadable && serial->receives)
        native_call(the, &serial->base, kOnReadable, (int)buffered_socket_readable(serial->socket));
    else if (event == kSocketWritable && serial->transmits)
        native_call(the, &serial->base, kOnWritable, (int)buffered_socket_writable(serial->socket));
}

static ssize_t receive(void *connection, void *bytes, size_t size)
{
    return board_read_some(connection, bytes, size);
}

static ssize_t transmit(void *connection, const void *bytes, size_t size)
{
    return board_write_some(connection, bytes, size);
}

static bool watch(xsMachine *the, void *connection, int events, RunnerWatchCallback callback, void *refcon)
{
    return board_watch(the, connection, events, callback, refcon);
}

static void disconnect(void *connection)
{
    board_close(connection);
}

static const BufferedSocketPeer kBoard = {.receive = receive, .send = transmit, .watch = watch, .close = disconnect};

static BufferedSocket *open_port(xsMachine *the, int transmit_pin, int receive_pin, int baud)
{
    char opening[128], answer[kBoardLineMaximum], error[160];

    snprintf(opening, sizeof opening, "{\"open\":\"serial\",\"transmit\":%d,\"receive\":%d,\"baud\":%d}", transmit_pin, receive_pin, baud);
    BoardConnection *connection = board_open(opening, answer, error, sizeof error);
    if (!connection)
        xsUnknownError("%s", error);
    board_limit_sending(connection, kTransmitBytes);
    const BufferedSocketOptions options = {.input_bytes = kReceiveBytes, .output_bytes = kTransmitBytes};
    BufferedSocket *opened = buffered_socket_over(the, &kBoard, connection, options);
    if (!opened) {
        board_close(connection);
        xsUnknownError("no memory");
    }
    return opened;
}

void xs_serial(xsMachine *the)
{
    Serial *serial = native_create(the, sizeof *serial, &kHooks);
    int transmit = native_integer(the, &xsArg(0), xsID_transmit, "transmit", kNoPin, kHighestPin, kNoPin);
    int receive = native_integer(the, &xsArg(0), xsID_receive, "receive", kNoPin, kHighestPin, kNoPin);
    int baud = native_integer(the, &xsArg(0), xsID_baud, "baud", 1, kHighestBaud, 0);

    native_integer(the, &xsArg(0), xsID_port, "port", 0, 2, 0);
    if (transmit == kNoPin && receive == kNoPin)
        xsRangeError("receive and transmit are missing: expected at least one");
    native_callback(the, &serial->base, kOnReadable, xsID_onReadable, "onReadable");
    native_callback(the, &serial->base, kOnWritable, xsID_onWritable, "onWritable");
    serial->is_number = native_format_option(the);
    serial->receives = receive != kNoPin;
    serial->transmits = transmit != kNoPin;
    native_target(the);
    serial->socket = open_port(the, transmit, receive, baud);
    buffered_socket_listen(serial->socket, on_event, serial, false);
    native_remember(the, &serial->base);
}

void xs_serial_close(xsMachine *the)
{
    Serial *serial = native_detach(the, &xsThis, &kHooks);

    if (!serial)
        return;
    buffered_socket_close(serial->socket);
    native_release(&serial->base);
}

static void read_socket(void *source, void *bytes, size_t count)
{
    buffered_socket_read(source, bytes, count);
}

void xs_serial_read(xsMachine *the)
{
    Serial *serial = native_this(the, &kHooks);
    native_read(the, serial->is_number, buffered_socket_readable(serial->socket), true, read_socket, serial->socket);
}

void xs_serial_write(xsMachine *the)
{
    Serial *serial = native_this(the, &kHooks);
    uint8_t byte;
    size_t count;
    const void *bytes = native_write(the, serial->is_number, &byte, &count);

    if (!buffered_socket_write(serial->socket, bytes, count))
        xsUnknownError("output full");
    xsmcSetInteger(xsResult, (xsIntegerValue)buffered_socket_writable(serial->socket));
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
