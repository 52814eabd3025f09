/* SPDX-License-Identifier: Apache-2.0 */

/* embedded:io/socket/listener. TCAM_LISTEN maps the camera's ports to addresses of this computer. */

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
enum { kPending = 8, kBacklog = 8, kHighestPort = 65535, kAddressText = 64 };

enum { kOnReadable };

typedef struct Listener {
    NativeObject base;
    int fd;
    int port;
    RunnerWatch *watch;
    int pending[kPending];
    int count;
} Listener;

void xs_listener_destructor(void *data);

static const xsHostHooks kHooks = {xs_listener_destructor, native_mark, NULL};

void xs_listener_destructor(void *data)
{
    Listener *listener = data;
    if (!listener)
        return;
    runner_unwatch(listener->watch);
    if (listener->fd >= 0)
        close(listener->fd);
    while (listener->count)
        close(listener->pending[--listener->count]);
    native_release(&listener->base);
}

static void on_connection(xsMachine *the, int events, void *refcon)
{
    Listener *listener = refcon;
    int before = listener->count;
    (void)events;
    while (listener->count < kPending) {
        int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            break;
        socket_tune(fd);
        listener->pending[listener->count++] = fd;
    }
    if (listener->count == kPending)
        runner_watch_set_events(listener->watch, 0);
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

void xs_listener(xsMachine *the)
{
    int port = native_integer(the, &xsArg(0), xsID_port, "port", 0, kHighestPort, 0);
    SocketAddress address = {.length = sizeof address.storage};

    xsmcVars(1);
    xsmcGet(xsVar(0), xsArg(0), xsID_format);
    if (xsmcTest(xsVar(0)) && strcmp(xsmcToString(xsVar(0)), "socket/tcp"))
        xsRangeError("format: expected socket/tcp");
    Listener *listener = native_create(the, sizeof *listener, &kHooks);
    listener->fd = -1;
    native_callback(the, &listener->base, kOnReadable, xsID_onReadable, "onReadable");
    native_target(the);
    listener->fd = open_socket(the, port);
    getsockname(listener->fd, (struct sockaddr *)&address.storage, &address.length);
    listener->port = socket_address_port(&address);
    listener->watch = runner_watch(the, listener->fd, kRunnerReadable, on_connection, listener);
    if (!listener->watch)
        xsUnknownError("no memory");
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
    TcpSocket *socket = tcp_socket_new(the, listener->pending[0]);
    if (!socket)
        xsUnknownError("no memory");
    listener->count--;
    memmove(listener->pending, listener->pending + 1, (size_t)listener->count * sizeof listener->pending[0]);
    runner_watch_set_events(listener->watch, kRunnerReadable);
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
