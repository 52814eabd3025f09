/* SPDX-License-Identifier: Apache-2.0 */

/*
 * embedded:io/socket/tcp with the behaviour it has on the ESP32 (lwIP): what can be written is what fits the send buffer,
 * more throws "would block"; writing never sends by itself; onWritable comes after the peer has taken bytes.
 * The end of input is onEnd after everything received was read, or onError without that option; a reset or timeout is onError at once.
 */

#include "tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "buffered-socket.h"
#include "mc.xs.h"
#include "native-class.h"
#include "sockets.h"

/* kReceiveBytes: received ahead of the firmware. When the firmware does not read, the peer's window closes. */
enum { kReceiveBytes = 16384, kHighestKeepalive = 86400000, kHighestPort = 65535 };

enum { kOnReadable, kOnWritable, kOnEnd, kOnError };

typedef struct TCP {
    NativeObject base;
    BufferedSocket *socket; /* NULL: waits for tcp_object_accept() */
    SocketAddress peer;
    bool is_number;
} TCP;

void xs_tcp_destructor(void *data);

static const xsHostHooks kHooks = {xs_tcp_destructor, native_mark, NULL};

void xs_tcp_destructor(void *data)
{
    TCP *tcp = data;

    if (!tcp)
        return;
    buffered_socket_abort(tcp->socket);
    native_release(&tcp->base);
}

static void on_event(xsMachine *the, BufferedSocketEvent event, void *refcon)
{
    TCP *tcp = refcon;

    switch (event) {
    case kSocketReadable:
        native_call(the, &tcp->base, kOnReadable, (int)buffered_socket_readable(tcp->socket));
        break;
    case kSocketWritable:
        native_call(the, &tcp->base, kOnWritable, (int)buffered_socket_writable(tcp->socket));
        break;
    case kSocketEnd:
        native_call(the, &tcp->base, kOnEnd, kNativeNoCount);
        break;
    case kSocketError:
        native_call(the, &tcp->base, kOnError, kNativeNoCount);
        break;
    }
}

static BufferedSocket *new_socket(xsMachine *the, int fd, bool connecting)
{
    const BufferedSocketOptions options = {
        .input_bytes = kReceiveBytes,
        .output_bytes = socket_send_bytes(),
        .connecting = connecting,
        .linger = true,
    };
    return buffered_socket_new(the, fd, options);
}

static BufferedSocket *take_from(xsMachine *the, xsSlot *instance, SocketAddress *peer)
{
    TCP *from = native_data(the, instance, &kHooks);
    BufferedSocket *taken = from->socket;

    if (!taken)
        xsUnknownError("invalid from");
    *peer = from->peer;
    from->socket = NULL;
    xs_tcp_destructor(native_detach(the, instance, &kHooks));
    return taken;
}

static BufferedSocket *connect_to(xsMachine *the, SocketAddress *peer)
{
    char text[kAddressText];

    xsmcGet(xsVar(0), xsArg(0), xsID_address);
    if (xsmcTypeOf(xsVar(0)) == xsUndefinedType || !xsmcHas(xsArg(0), xsID_port))
        xsUnknownError("address and port are missing");
    native_text(the, &xsVar(0), "address", text, 1, sizeof text);
    int port = native_integer(the, &xsArg(0), xsID_port, "port", 0, kHighestPort, 0);
    if (!socket_address(text, port, peer))
        xsUnknownError("address: expected an IP address");
    int fd = socket(peer->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        xsUnknownError("socket: %s", strerror(errno));
    socket_tune(fd);
    bool refused = connect(fd, (struct sockaddr *)&peer->storage, peer->length) && errno != EINPROGRESS;
    int error = refused ? errno : ENOMEM;
    BufferedSocket *connecting = refused ? NULL : new_socket(the, fd, true);
    if (!connecting) {
        close(fd);
        xsUnknownError("connect: %s", strerror(error));
    }
    return connecting;
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
    if (xsmcHas(xsArg(0), xsID_from)) {
        xsmcGet(xsVar(0), xsArg(0), xsID_from);
        tcp->socket = take_from(the, &xsVar(0), &tcp->peer);
    } else
        tcp->socket = connect_to(the, &tcp->peer);
    int fd = buffered_socket_descriptor(tcp->socket);
    xsmcGet(xsVar(0), xsArg(0), xsID_nodelay);
    int nodelay = xsmcTest(xsVar(0));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &nodelay, sizeof nodelay);
    if (keepalive)
        socket_keepalive(fd, keepalive);
    buffered_socket_listen(tcp->socket, on_event, tcp, tcp->base.callbacks[kOnEnd] != NULL);
}

void xs_tcp(xsMachine *the)
{
    TCP *tcp = native_create(the, sizeof *tcp, &kHooks);

    xsmcVars(1);
    if (xsmcArgc > 0 && xsmcTypeOf(xsArg(0)) != xsUndefinedType)
        read_options(the, tcp);
    native_remember(the, &tcp->base);
}

bool tcp_object_accept(xsMachine *the, xsSlot *instance, int fd)
{
    TCP *tcp = native_data(the, instance, &kHooks);

    tcp->socket = new_socket(the, fd, false);
    if (!tcp->socket)
        return false;
    tcp->peer.length = sizeof tcp->peer.storage;
    getpeername(fd, (struct sockaddr *)&tcp->peer.storage, &tcp->peer.length);
    return true;
}

void xs_tcp_close(xsMachine *the)
{
    TCP *tcp = native_detach(the, &xsThis, &kHooks);

    if (!tcp)
        return;
    buffered_socket_close(tcp->socket);
    native_release(&tcp->base);
}

static void read_socket(void *source, void *bytes, size_t count)
{
    buffered_socket_read(source, bytes, count);
}

void xs_tcp_read(xsMachine *the)
{
    TCP *tcp = native_this(the, &kHooks);
    native_read(the, tcp->is_number, tcp->socket ? buffered_socket_readable(tcp->socket) : 0, false, read_socket, tcp->socket);
}

void xs_tcp_write(xsMachine *the)
{
    TCP *tcp = native_this(the, &kHooks);
    uint8_t byte;
    size_t count;

    if (!tcp->socket || buffered_socket_is_connecting(tcp->socket))
        xsUnknownError("not ready");
    const void *bytes = native_write(the, tcp->is_number, &byte, &count);
    if (!buffered_socket_is_open(tcp->socket))
        return;
    if (!buffered_socket_write(tcp->socket, bytes, count))
        xsUnknownError("would block");
    xsmcSetInteger(xsResult, (xsIntegerValue)buffered_socket_writable(tcp->socket));
}

void xs_tcp_get_remote_address(xsMachine *the)
{
    TCP *tcp = native_this(the, &kHooks);
    char text[kAddressText];

    if (!tcp->socket)
        return;
    socket_address_text(&tcp->peer, text);
    xsmcSetString(xsResult, text);
}

void xs_tcp_get_remote_port(xsMachine *the)
{
    TCP *tcp = native_this(the, &kHooks);
    if (tcp->socket)
        xsmcSetInteger(xsResult, socket_address_port(&tcp->peer));
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
