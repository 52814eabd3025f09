/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Class TCP of embedded:io/socket/tcp. What can be written is what the send buffer takes now; more throws "would block", and onWritable
 * follows. The end of input is onEnd after the last byte is read, or onError without that option, as in the SDK's class; a reset or timeout
 * is onError at once. The options `keepalive`, `sendLimit`, `onEnd` and `onPumped`, pump() and the TCP user timeout are this project's.
 *
 * pump() writes a native source as room comes. Peers acknowledge every second segment, 18 times in an image; JavaScript runs at its end.
 */

#include "tcp-object.h"

#include <stdlib.h>
#include <string.h>

#include "native-class.h"
#include "native-source.h"

#include "mc.xs.h"

/* kAddressText: an IPv6 address with its zone. */
enum { kHighestKeepalive = 86400000, kHighestPort = 65535, kAddressText = 64, kSegmentBytes = 1436 };

/*
 * kUsefulBytes: pump() waits for this much room, or for the source's rest. The peer may delay the acknowledgement of a single segment, so
 * `sendLimit` is no less.
 */
enum { kUsefulBytes = 2 * kSegmentBytes, kPartBytes = 4 * kSegmentBytes, kHighestLimit = 1 << 24 };

enum { kOnReadable, kOnWritable, kOnEnd, kOnError, kOnPumped };

/* A source that is being written. */
typedef struct Pump {
    NativeSource *source; /* NULL: none */
    xsSlot *object;       /* of the source */
    size_t left;          /* bytes of the source to write */
    size_t written;
    /* Read from the source, and refused by the socket; NULL: none. */
    uint8_t *refused;
    size_t refused_at, refused_end;
} Pump;

/* A source's next bytes. In use during one call only. */
static uint8_t gPart[kPartBytes];

typedef struct TCP {
    NativeObject base;
    TcpSocket *socket; /* NULL: waits for tcp_object_accept() */
    Pump pump;
    bool is_quiet; /* nothing was written since the last pump() */
    bool is_number;
    bool end_reported;
    bool error_reported;
} TCP;

void xs_tcp_destructor(void *data);

static void mark(xsMachine *the, void *data, xsMarkRoot mark_root)
{
    TCP *tcp = data;

    native_mark(the, data, mark_root);
    if (tcp && tcp->pump.source)
        (*mark_root)(the, tcp->pump.object);
}

static const xsHostHooks kHooks = {xs_tcp_destructor, mark, NULL};

static void end_pump(Pump *pump)
{
    free(pump->refused);
    pump->refused = NULL;
    pump->source = NULL;
}

static void close_object(TCP *tcp, void (*close)(TcpSocket *socket))
{
    TcpSocket *socket = tcp->socket;

    tcp->socket = NULL;
    end_pump(&tcp->pump);
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

/* Bytes to write now, 0: wait for more room. With nothing under way no acknowledgement brings more, so any room is used. */
static size_t part_size(const TCP *tcp)
{
    size_t left = tcp->pump.left, room = tcp_socket_writable(tcp->socket), useful = left < kUsefulBytes ? left : kUsefulBytes;

    if (room < useful && !tcp_socket_drained(tcp->socket))
        return 0;
    if (room > left)
        room = left;
    return room < kPartBytes ? room : kPartBytes;
}

/* Keeps a part for the next room. False: no memory. */
static bool keep(Pump *pump, const uint8_t *part, size_t count)
{
    if (pump->refused)
        return true;
    pump->refused = malloc(count);
    if (!pump->refused)
        return false;
    memcpy(pump->refused, part, count);
    pump->refused_at = 0;
    pump->refused_end = count;
    return true;
}

static void count_written(Pump *pump, size_t count)
{
    pump->left -= count;
    pump->written += count;
    if (!pump->refused)
        return;
    pump->refused_at += count;
    if (pump->refused_at == pump->refused_end) {
        free(pump->refused);
        pump->refused = NULL;
    }
}

/* Writes the source as far as there is room. True: it is over, and incomplete if bytes are left. */
static bool pump_on(TCP *tcp)
{
    Pump *pump = &tcp->pump;
    size_t size;

    while (pump->left > 0 && (size = part_size(tcp)) > 0) {
        size_t kept = pump->refused_end - pump->refused_at;
        const uint8_t *part = pump->refused ? pump->refused + pump->refused_at : gPart;
        size_t count = !pump->refused ? pump->source->read(pump->source, gPart, size) : size < kept ? size : kept;
        if (count == 0)
            return true;
        TcpWrite result = tcp_socket_write(tcp->socket, part, count);
        if (result == kTcpOver)
            return false; /* onError follows */
        if (result == kTcpWouldBlock)
            return !keep(pump, part, count);
        count_written(pump, count);
    }
    return pump->left == 0;
}

static void on_writable(xsMachine *the, TCP *tcp)
{
    if (tcp->pump.source) {
        if (!pump_on(tcp))
            return;
        end_pump(&tcp->pump);
        native_call(the, &tcp->base, kOnPumped, (int)tcp->pump.written);
    } else if (!tcp->is_quiet && tcp_socket_writable(tcp->socket))
        native_call(the, &tcp->base, kOnWritable, (int)tcp_socket_writable(tcp->socket));
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
    if (tcp->socket && (events & kTcpWritable) && !is_over(tcp))
        on_writable(the, tcp);
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
    return native_integer(the, &xsArg(0), xsID_sendLimit, "sendLimit", kUsefulBytes, kHighestLimit, 0);
}

static void read_options(xsMachine *the, TCP *tcp)
{
    tcp->is_number = native_format_option(the);
    native_callback(the, &tcp->base, kOnReadable, xsID_onReadable, "onReadable");
    native_callback(the, &tcp->base, kOnWritable, xsID_onWritable, "onWritable");
    native_callback(the, &tcp->base, kOnEnd, xsID_onEnd, "onEnd");
    native_callback(the, &tcp->base, kOnError, xsID_onError, "onError");
    native_callback(the, &tcp->base, kOnPumped, xsID_onPumped, "onPumped");
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

static void check_ready(xsMachine *the, const TCP *tcp)
{
    if (!tcp->socket || tcp_socket_connecting(tcp->socket))
        xsUnknownError("not ready");
    if (tcp->pump.source)
        xsUnknownError("a source is being written");
}

void xs_tcp_write(xsMachine *the)
{
    TCP *tcp = native_this(the, &kHooks);
    uint8_t byte;
    size_t count;

    check_ready(the, tcp);
    const void *bytes = native_write(the, tcp->is_number, &byte, &count);
    if (is_over(tcp))
        return;
    tcp->is_quiet = false;
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

/* pump(source, length): undefined when the connection is over, true when all is written; otherwise onPumped follows. */
void xs_tcp_pump(xsMachine *the)
{
    TCP *tcp = native_this(the, &kHooks);

    if (xsmcArgc < 2)
        xsTypeError("pump: expected source and length");
    check_ready(the, tcp);
    double length = xsmcToNumber(xsArg(1));
    if (!(length >= 1 && length <= INT32_MAX))
        xsRangeError("length: expected 1 to %d", INT32_MAX);
    NativeSource *source = native_source(the, &xsArg(0));
    if (is_over(tcp))
        return;
    tcp->is_quiet = true;
    tcp->pump = (Pump){.source = source, .object = fxToReference(the, &xsArg(0)), .left = (size_t)length};
    bool over = pump_on(tcp);
    if (over)
        end_pump(&tcp->pump);
    if (over && tcp->pump.left > 0)
        xsUnknownError("the source ended %d bytes early", (int)tcp->pump.left);
    xsmcSetBoolean(xsResult, over);
}

void xs_tcp_get_pumped(xsMachine *the)
{
    TCP *tcp = native_this(the, &kHooks);
    xsmcSetInteger(xsResult, (xsIntegerValue)tcp->pump.written);
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
