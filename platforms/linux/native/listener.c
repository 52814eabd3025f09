/* SPDX-License-Identifier: Apache-2.0 */

/* embedded:io/socket/listener. TCAM_LISTEN says where the device's ports are on this computer. */

/* accept4(); the SDK does not ask for GNU extensions. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner.h"
#include "io.h"
#include "mc.xs.h"
#include "sockets.h"
#include "tcp.h"

/* Connections accepted and not yet read; further ones wait in the kernel's queue. */
enum { kPending = 8, kBacklog = 8 };

typedef struct {
    xsSlot object;
    int fd;
    int port;
    RunnerWatch *watch;
    int pending[kPending];
    int count;
    xsSlot *onReadable;
} Listener;

void xs_listener_destructor(void *data);

static void markListener(xsMachine *the, void *data, xsMarkRoot markRoot)
{
    Listener *listener = data;
    if (listener->onReadable)
        (*markRoot)(the, listener->onReadable);
}

static const xsHostHooks gHooks = {xs_listener_destructor, markListener, NULL};

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
    free(listener);
}

static Listener *validate(xsMachine *the)
{
    Listener *listener = xsmcGetHostDataValidate(xsThis, (void *)&gHooks);
    if (!listener)
        xsSyntaxError("closed");
    return listener;
}

static void onConnection(xsMachine *the, int events, void *refcon)
{
    Listener *listener = refcon;
    int before = listener->count;
    (void)events;
    while (listener->count < kPending) {
        int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            break;
        socketTune(fd);
        listener->pending[listener->count++] = fd;
    }
    if (listener->count == kPending)
        runner_watch_set_events(listener->watch, 0);
    if (listener->count > before)
        ioCall(the, &listener->object, listener->onReadable, listener->count);
}

/* Throws with the address, so that one sees which program to end or which option to change. */
static int openSocket(xsMachine *the, int port)
{
    SocketAddress address;
    char text[kAddressText];
    int on = 1;
    if (!socketListenAddress(port, &address))
        xsRangeError("TCAM_LISTEN cannot be understood");
    socketAddressText(&address, text);
    int fd = socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        xsUnknownError("no socket: %s", strerror(errno));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    socketTune(fd);
    if (bind(fd, (struct sockaddr *)&address.storage, address.length) || listen(fd, kBacklog)) {
        int error = errno;
        close(fd);
        if (error == EADDRINUSE)
            xsUnknownError("port %d of %s is taken by another program", socketAddressPort(&address), text);
        xsUnknownError("cannot listen on %s port %d: %s", text, socketAddressPort(&address), strerror(error));
    }
    return fd;
}

void xs_listener_constructor(xsMachine *the)
{
    int port = ioInteger(the, xsID_port, 0, 65535, 0, "invalid port");
    xsSlot *onReadable = ioCallback(the, xsID_onReadable);
    SocketAddress address = {.length = sizeof address.storage};
    xsmcVars(1);
    xsmcGet(xsVar(0), xsArg(0), xsID_format);
    if (xsmcTest(xsVar(0)) && strcmp(xsmcToString(xsVar(0)), "socket/tcp"))
        xsRangeError("unimplemented format");
    ioTarget(the);
    Listener *listener = calloc(1, sizeof *listener);
    if (!listener)
        xsRangeError("no memory");
    listener->fd = -1;
    listener->onReadable = onReadable;
    /* From here on the destructor frees it, also when opening throws. */
    xsmcSetHostData(xsThis, listener);
    xsSetHostHooks(xsThis, (xsHostHooks *)&gHooks);
    listener->fd = openSocket(the, port);
    getsockname(listener->fd, (struct sockaddr *)&address.storage, &address.length);
    listener->port = socketAddressPort(&address);
    listener->watch = runner_watch(the, listener->fd, kRunnerReadable, onConnection, listener);
    if (!listener->watch)
        xsRangeError("no memory");
    listener->object = xsThis;
    xsRemember(listener->object);
}

void xs_listener_close(xsMachine *the)
{
    if (!xsmcGetHostData(xsThis))
        return;
    Listener *listener = validate(the);
    xsForget(listener->object);
    xsmcSetHostData(xsThis, NULL);
    xs_listener_destructor(listener);
}

/* xsArg(0): a TCP instance made without options, which becomes the connection. */
void xs_listener_read(xsMachine *the)
{
    Listener *listener = validate(the);
    if (!listener->count)
        return;
    if (!tcpAccept(the, &xsArg(0), listener->pending[0]))
        xsRangeError("no memory");
    listener->count--;
    memmove(listener->pending, listener->pending + 1, (size_t)listener->count * sizeof listener->pending[0]);
    runner_watch_set_events(listener->watch, kRunnerReadable);
    xsResult = xsArg(0);
}

/* Whether read() has something, so that the instance it needs is made only then. */
void xs_listener_waiting(xsMachine *the)
{
    xsmcSetBoolean(xsResult, validate(the)->count > 0);
}

void xs_listener_get_port(xsMachine *the)
{
    xsmcSetInteger(xsResult, validate(the)->port);
}
