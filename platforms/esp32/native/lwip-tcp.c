/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Class TCP of embedded:io/socket/tcp, for connections that a Listener accepted (the camera never connects). What can be written is what
 * lwIP takes now; more throws "would block", and onWritable follows. The end of input is onEnd after everything received was read, or
 * onError without that option, as in the SDK's class; a reset or timeout is onError at once. The options `keepalive` and `onEnd` and the
 * TCP user timeout are this project's.
 */

#include "lwip-tcp.h"

#include "native-class.h"

#include "mc.xs.h"

enum { kHighestKeepalive = 86400000, kAddressText = 48 };

enum { kOnReadable, kOnWritable, kOnEnd, kOnError };

typedef struct TCP {
    NativeObject base;
    TcpSocket *socket; /* NULL: waits for a Listener */
    bool is_number;
    bool end_reported;
    bool error_reported;
} TCP;

void xs_tcp_destructor(void *data);

static const xsHostHooks kHooks = {xs_tcp_destructor, native_mark, NULL};

void xs_tcp_destructor(void *data)
{
    TCP *tcp = data;

    if (!tcp)
        return;
    if (tcp->socket)
        tcp_socket_close(tcp->socket);
    tcp->socket = NULL;
    native_release(&tcp->base);
}

/* Failed, or at the end of input when that ends the connection. */
static bool is_over(const TCP *tcp)
{
    return tcp_socket_failed(tcp->socket) || (tcp_socket_ended(tcp->socket) && !tcp->base.callbacks[kOnEnd]);
}

static void report_once(xsMachine *the, TCP *tcp, bool *reported, int callback)
{
    if (*reported)
        return;
    *reported = true;
    native_call(the, &tcp->base, callback, kNativeNoCount);
}

/* In the XS task. Each callback may close the object. */
static void on_events(xsMachine *the, void *owner, uint32_t events)
{
    TCP *tcp = owner;
    TcpSocket *socket = tcp->socket;

    native_hold(&tcp->base);
    if ((events & kSocketReadable) && tcp_socket_readable(socket))
        native_call(the, &tcp->base, kOnReadable, (int)tcp_socket_readable(socket));
    if (tcp->socket && tcp_socket_ended(socket) && !is_over(tcp) && !tcp_socket_readable(socket))
        report_once(the, tcp, &tcp->end_reported, kOnEnd);
    if (tcp->socket && (events & kSocketWritable) && !is_over(tcp) && tcp_socket_writable(socket))
        native_call(the, &tcp->base, kOnWritable, (int)tcp_socket_writable(socket));
    /* Unread bytes delay the end of input, not a failure. */
    if (tcp->socket && (tcp_socket_failed(socket) || (is_over(tcp) && !tcp_socket_readable(socket))))
        report_once(the, tcp, &tcp->error_reported, kOnError);
    native_release(&tcp->base);
}

static TcpSocket *take_from(xsMachine *the, xsSlot *instance)
{
    TCP *from = native_data(the, instance, &kHooks);
    TcpSocket *socket = from->socket;

    if (!socket)
        xsUnknownError("invalid from");
    from->socket = NULL;
    xs_tcp_destructor(native_detach(the, instance, &kHooks));
    return socket;
}

static void read_options(xsMachine *the, TCP *tcp)
{
    tcp->is_number = native_format_option(the);
    native_callback(the, &tcp->base, kOnReadable, xsID_onReadable, "onReadable");
    native_callback(the, &tcp->base, kOnWritable, xsID_onWritable, "onWritable");
    native_callback(the, &tcp->base, kOnEnd, xsID_onEnd, "onEnd");
    native_callback(the, &tcp->base, kOnError, xsID_onError, "onError");
    int keepalive = native_integer(the, &xsArg(0), xsID_keepalive, "keepalive", 0, kHighestKeepalive, 0);
    native_target(the);
    xsmcGet(xsVar(0), xsArg(0), xsID_nodelay);
    bool nodelay = xsmcTest(xsVar(0));
    xsmcGet(xsVar(0), xsArg(0), xsID_from);
    if (xsmcTypeOf(xsVar(0)) != xsReferenceType)
        xsUnknownError("option from is missing: only accepted connections are supported");
    tcp->socket = take_from(the, &xsVar(0));
    tcp_socket_tune(tcp->socket, nodelay, (uint32_t)keepalive);
}

void xs_tcp(xsMachine *the)
{
    TCP *tcp = native_create(the, sizeof *tcp, &kHooks);

    xsmcVars(1);
    if (xsmcArgc > 0 && xsmcTypeOf(xsArg(0)) != xsUndefinedType)
        read_options(the, tcp);
    native_remember(the, &tcp->base);
    if (tcp->socket)
        tcp_socket_adopt(tcp->socket, tcp, on_events);
}

void tcp_object_accept(xsMachine *the, xsSlot *instance, TcpSocket *socket)
{
    TCP *tcp = native_data(the, instance, &kHooks);
    if (tcp->socket)
        xsUnknownError("in use");
    tcp->socket = socket;
}

void xs_tcp_close(xsMachine *the)
{
    xs_tcp_destructor(native_detach(the, &xsThis, &kHooks));
}

static void read_socket(void *socket, void *bytes, size_t count)
{
    tcp_socket_read(socket, bytes, count);
}

void xs_tcp_read(xsMachine *the)
{
    TCP *tcp = native_this(the, &kHooks);
    native_read(the, tcp->is_number, tcp->socket ? tcp_socket_readable(tcp->socket) : 0, false, read_socket, tcp->socket);
}

void xs_tcp_write(xsMachine *the)
{
    TCP *tcp = native_this(the, &kHooks);
    uint8_t byte;
    size_t count;

    if (!tcp->socket)
        xsUnknownError("not ready");
    const void *bytes = native_write(the, tcp->is_number, &byte, &count);
    if (is_over(tcp))
        return;
    esp_err_t error = tcp_socket_write(tcp->socket, bytes, count);
    if (error == ESP_ERR_INVALID_STATE)
        return;
    if (error != ESP_OK)
        xsUnknownError("would block");
    xsmcSetInteger(xsResult, (xsIntegerValue)tcp_socket_writable(tcp->socket));
}

/* The peer's port, and its address in `text`. 0: not connected. */
static uint16_t peer(xsMachine *the, char text[kAddressText])
{
    TCP *tcp = native_this(the, &kHooks);
    uint16_t port;

    return tcp->socket && tcp_socket_peer(tcp->socket, text, kAddressText, &port) ? port : 0;
}

void xs_tcp_get_remote_address(xsMachine *the)
{
    char text[kAddressText];
    if (peer(the, text))
        xsmcSetString(xsResult, text);
}

void xs_tcp_get_remote_port(xsMachine *the)
{
    char text[kAddressText];
    uint16_t port = peer(the, text);
    if (port)
        xsmcSetInteger(xsResult, port);
}

void xs_tcp_get_format(xsMachine *the)
{
    TCP *tcp = native_this(the, &kHooks);
    native_format_result(the, tcp->is_number);
}

void xs_tcp_set_format(xsMachine *the)
{
    TCP *tcp = native_this(the, &kHooks);
    tcp->is_number = native_is_number(the, &xsArg(0));
}
