/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Class TCP of embedded:io/socket/tcp. What can be written is what the send buffer takes now; more throws "would block", and onWritable
 * follows. The end of input is onEnd after the last byte is read, or onError without that option, as in the SDK's class; a reset or timeout
 * is onError at once. The options `keepalive`, `sendLimit` and `onEnd` and the TCP user timeout are this project's.
 */

#include "tcp-object.h"

#include "native-class.h"

#include "mc.xs.h"

/* kAddressText: an IPv6 address with its zone. */
enum { kHighestKeepalive = 86400000, kHighestPort = 65535, kAddressText = 64, kSegmentBytes = 1436 };

/* The option `sendLimit`: at least two segments, because the peer may delay the acknowledgement of a single one. */
enum { kLowestLimit = 2 * kSegmentBytes, kHighestLimit = 1 << 24 };

enum { kOnReadable, kOnWritable, kOnEnd, kOnError };

typedef struct TCP {
    NativeObject base;
    TcpSocket *socket; /* NULL: waits for tcp_object_accept() */
    bool is_number;
    bool end_reported;
    bool error_reported;
} TCP;

void xs_tcp_destructor(void *data);

static const xsHostHooks kHooks = {xs_tcp_destructor, native_mark, NULL};

static void close_object(TCP *tcp, void (*close)(TcpSocket *socket))
{
    TcpSocket *socket = tcp->socket;

    tcp->socket = NULL;
    if (socket)
        close(socket);
    native_release(&tcp->base);
}

void xs_tcp_destructor(void *data)
{
    if (data)
        close_object(data, tcp_socket_abort);
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
    if ((events & kTcpReadable) && tcp_socket_readable(socket))
        native_call(the, &tcp->base, kOnReadable, (int)tcp_socket_readable(socket));
    if (tcp->socket && tcp_socket_ended(socket) && !is_over(tcp) && !tcp_socket_readable(socket))
        report_once(the, tcp, &tcp->end_reported, kOnEnd);
    if (tcp->socket && (events & kTcpWritable) && !is_over(tcp) && tcp_socket_writable(socket))
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

static TcpSocket *connect_to(xsMachine *the)
{
    char address[kAddressText];

    xsmcGet(xsVar(0), xsArg(0), xsID_address);
    if (xsmcTypeOf(xsVar(0)) == xsUndefinedType || !xsmcHas(xsArg(0), xsID_port))
        xsUnknownError("address and port are missing");
    native_text(the, &xsVar(0), "address", address, 1, sizeof address);
    return tcp_socket_connect(the, address, (uint16_t)native_integer(the, &xsArg(0), xsID_port, "port", 0, kHighestPort, 0));
}

/* 0: none. */
static int send_limit(xsMachine *the)
{
    if (!xsmcHas(xsArg(0), xsID_sendLimit))
        return 0;
    return native_integer(the, &xsArg(0), xsID_sendLimit, "sendLimit", kLowestLimit, kHighestLimit, 0);
}

static void read_options(xsMachine *the, TCP *tcp)
{
    tcp->is_number = native_format_option(the);
    native_callback(the, &tcp->base, kOnReadable, xsID_onReadable, "onReadable");
    native_callback(the, &tcp->base, kOnWritable, xsID_onWritable, "onWritable");
    native_callback(the, &tcp->base, kOnEnd, xsID_onEnd, "onEnd");
    native_callback(the, &tcp->base, kOnError, xsID_onError, "onError");
    int keepalive = native_integer(the, &xsArg(0), xsID_keepalive, "keepalive", 0, kHighestKeepalive, 0);
    int limit = send_limit(the);
    native_target(the);
    xsmcGet(xsVar(0), xsArg(0), xsID_nodelay);
    bool nodelay = xsmcTest(xsVar(0));
    if (xsmcHas(xsArg(0), xsID_from)) {
        xsmcGet(xsVar(0), xsArg(0), xsID_from);
        tcp->socket = take_from(the, &xsVar(0));
    } else
        tcp->socket = connect_to(the);
    tcp_socket_tune(tcp->socket, nodelay, (uint32_t)keepalive, (uint32_t)limit);
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
    TCP *tcp = native_detach(the, &xsThis, &kHooks);
    if (tcp)
        close_object(tcp, tcp_socket_close);
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

    if (!tcp->socket || tcp_socket_connecting(tcp->socket))
        xsUnknownError("not ready");
    const void *bytes = native_write(the, tcp->is_number, &byte, &count);
    if (is_over(tcp))
        return;
    switch (tcp_socket_write(tcp->socket, bytes, count)) {
    case kTcpOver:
        return;
    case kTcpWouldBlock:
        xsUnknownError("would block");
    case kTcpWritten:
        break;
    }
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
