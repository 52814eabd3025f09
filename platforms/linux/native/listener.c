/* SPDX-License-Identifier: Apache-2.0 */

/* embedded:io/socket/listener, on this computer (TCAM_LISTEN maps the camera's ports to its addresses) or on the virtual network. */

/* For accept4(): the SDK compiles without GNU extensions. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "linux-tcp-socket.h"
#include "mc.xs.h"
#include "native-class.h"
#include "runner.h"
#include "sockets.h"
#include "tcp-object.h"

/* kPending: connections accepted and not read. Further ones wait in the kernel's queue. */
enum { kPending = 8, kBacklog = 8, kHighestPort = 65535, kAddressText = 64, kErrorText = 160 };

enum { kOnReadable };

typedef union Pending {
    int fd;
    VirtualTcp *connection;
} Pending;

typedef struct Listener {
    NativeObject base;
    VirtualListener *virtual; /* NULL: a descriptor */
    int fd;
    int port;
    RunnerWatch *watch;
    Pending pending[kPending];
    int count;
} Listener;

void xs_listener_destructor(void *data);

static const xsHostHooks kHooks = {xs_listener_destructor, native_mark, NULL};

static void close_pending(const Listener *listener, Pending pending)
{
    if (listener->virtual)
        virtual_tcp_close(pending.connection);
    else
        close(pending.fd);
}

void xs_listener_destructor(void *data)
{
    Listener *listener = data;
    if (!listener)
        return;
    while (listener->count)
        close_pending(listener, listener->pending[--listener->count]);
    runner_unwatch(listener->watch);
    if (listener->fd >= 0)
        close(listener->fd);
    if (listener->virtual)
        virtual_listener_close(listener->virtual);
    native_release(&listener->base);
}

/* False: no connection waits. */
static bool accept_one(xsMachine *the, Listener *listener, Pending *accepted)
{
    if (listener->virtual)
        return (accepted->connection = virtual_listener_accept(the, listener->virtual, kTcpReceiveBytes)) != NULL;
    accepted->fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted->fd < 0)
        return false;
    socket_tune(accepted->fd);
    return true;
}

static void on_connection(xsMachine *the, int events, void *refcon);

static void watch(xsMachine *the, Listener *listener, bool watched)
{
    if (listener->virtual)
        virtual_listener_watch(the, listener->virtual, watched, on_connection, listener);
    else
        runner_watch_set_events(listener->watch, watched ? kRunnerReadable : 0);
}

static void on_connection(xsMachine *the, int events, void *refcon)
{
    Listener *listener = refcon;
    int before = listener->count;
    (void)events;
    while (listener->count < kPending && accept_one(the, listener, &listener->pending[listener->count]))
        listener->count++;
    if (listener->count == kPending)
        watch(the, listener, false);
    if (listener->count > before)
        native_call(the, &listener->base, kOnReadable, listener->count);
}

/* The error names address and port: the user has to end the program there, or change TCAM_LISTEN. */
static int open_socket(xsMachine *the, int port)
{
    SocketAddress address;
    char text[kAddressText];
    int on = 1;
    if (!socket_listen_address(port, &address))
        xsRangeError("TCAM_LISTEN: expected 5001=127.0.0.1:35001,...");
    if (!socket_address_text(&address, text, sizeof text))
        text[0] = 0;
    int fd = socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        xsUnknownError("socket: %s", strerror(errno));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    socket_tune(fd);
    if (bind(fd, (struct sockaddr *)&address.storage, address.length) || listen(fd, kBacklog)) {
        int error = errno;
        close(fd);
        if (error == EADDRINUSE)
            xsUnknownError("port %d of %s is taken by another program", socket_address_port(&address), text);
        xsUnknownError("cannot listen on %s port %d: %s", text, socket_address_port(&address), strerror(error));
    }
    return fd;
}

static void listen_on_computer(xsMachine *the, Listener *listener, int port)
{
    SocketAddress address = {.length = sizeof address.storage};

    listener->fd = open_socket(the, port);
    getsockname(listener->fd, (struct sockaddr *)&address.storage, &address.length);
    listener->port = socket_address_port(&address);
    listener->watch = runner_watch(the, listener->fd, kRunnerReadable, on_connection, listener);
    if (!listener->watch)
        xsUnknownError("no memory");
}

static void listen_on_board(xsMachine *the, Listener *listener, int port)
{
    char error[kErrorText];

    listener->port = port;
    listener->virtual = virtual_listener_open(&listener->port, kBacklog, error, sizeof error);
    if (!listener->virtual)
        xsUnknownError("%s", error);
    watch(the, listener, true);
}

void xs_listener(xsMachine *the)
{
    int port = native_integer(the, &xsArg(0), xsID_port, "port", 0, kHighestPort, 0);

    xsmcVars(1);
    xsmcGet(xsVar(0), xsArg(0), xsID_format);
    if (xsmcTest(xsVar(0)) && strcmp(xsmcToString(xsVar(0)), "socket/tcp"))
        xsRangeError("format: expected socket/tcp");
    Listener *listener = native_create(the, sizeof *listener, &kHooks);
    listener->fd = -1;
    native_callback(the, &listener->base, kOnReadable, xsID_onReadable, "onReadable");
    native_target(the);
    if (virtual_network())
        listen_on_board(the, listener, port);
    else
        listen_on_computer(the, listener, port);
    native_remember(the, &listener->base);
}

void xs_listener_close(xsMachine *the)
{
    xs_listener_destructor(native_detach(the, &xsThis, &kHooks));
}

/* xsArg(0): a TCP object created without options, which becomes the connection and the result. */
void xs_listener_read(xsMachine *the)
{
    Listener *listener = native_this(the, &kHooks);

    if (!listener->count)
        return;
    Pending first = listener->pending[0];
    TcpSocket *socket = listener->virtual ? tcp_socket_over(the, first.connection) : tcp_socket_new(the, first.fd);
    if (!socket)
        xsUnknownError("no memory");
    listener->count--;
    memmove(listener->pending, listener->pending + 1, (size_t)listener->count * sizeof listener->pending[0]);
    watch(the, listener, true);
    xsTry
    {
        tcp_object_accept(the, &xsArg(0), socket);
    }
    xsCatch
    {
        tcp_socket_close(socket);
        xsThrow(xsException);
    }
    xsResult = xsArg(0);
}

/* Whether read() returns a connection: only then it needs a new TCP object. */
void xs_listener_waiting(xsMachine *the)
{
    Listener *listener = native_this(the, &kHooks);
    xsmcSetBoolean(xsResult, listener->count > 0);
}

void xs_listener_get_port(xsMachine *the)
{
    Listener *listener = native_this(the, &kHooks);
    xsmcSetInteger(xsResult, listener->port);
}
