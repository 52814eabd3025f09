/* SPDX-License-Identifier: Apache-2.0 */
#include "tcp-class.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "native-source.h"
#include "xsmc.h"

#include "platforms/linux/xs/native/creation.h"

enum { kConnections = 32, kHandshakeMilliseconds = 100, kTextBytes = 64 };

void fxInitializeSharedCluster(void);

void xs_listener(xsMachine *the);
void xs_listener_destructor(void *data);
void xs_listener_waiting(xsMachine *the);
void xs_listener_read(xsMachine *the);
void xs_tcp(xsMachine *the);
void xs_tcp_destructor(void *data);
void xs_tcp_read(xsMachine *the);
void xs_tcp_write(xsMachine *the);
void xs_tcp_pump(xsMachine *the);
void xs_tcp_close(xsMachine *the);

static xsMachine *machine;
static xsSlot listener, objects[kConnections];
static Connection *connections[kConnections];
static int waiting;
int class_send_limit;
size_t class_reads[200], class_read_count;
static int sources;

/* Functions that the engine requires: no modules, no promise jobs. An uncaught exception is a defect of the test. */

struct sxSlot;
int fxFindModule(xsMachine *the, void *realm, xsIdentifier id, void *slot);
void fxLoadModule(xsMachine *the, void *module, xsIdentifier id);
void fxQueuePromiseJobs(xsMachine *the);
void report_thrown(xsMachine *the);

int fxFindModule(xsMachine *the, void *realm, xsIdentifier id, void *slot)
{
    (void)the, (void)realm, (void)id, (void)slot;
    return 0;
}

void fxLoadModule(xsMachine *the, void *module, xsIdentifier id)
{
    (void)the, (void)module, (void)id;
}

void fxQueuePromiseJobs(xsMachine *the)
{
    (void)the;
}

void report_thrown(xsMachine *the)
{
    (void)the;
}

void fxAbort(xsMachine *the, int status)
{
    (void)the;
    fprintf(stderr, "XS ended with %d\n", status);
    abort();
}

static void start(void)
{
    xsCreation creation = kDefaultCreation;

    fxInitializeSharedCluster();
    machine = xsCreateMachine(&creation, "test", NULL);
    if (!machine)
        abort();
}

static void on_listener(xsMachine *the)
{
    waiting = xsmcToInteger(xsArg(0));
}

static void listen_once(void)
{
    if (machine)
        return;
    start();
    xsBeginHost(machine);
    xsmcVars(3);
    xsVar(0) = xsNewHostObject(xs_listener_destructor);
    xsVar(1) = xsNewObject();
    xsmcSetInteger(xsVar(2), kCameraPort);
    xsmcSet(xsVar(1), xsID("port"), xsVar(2));
    xsVar(2) = xsNewHostFunction(on_listener, 1);
    xsmcSet(xsVar(1), xsID("onReadable"), xsVar(2));
    xsVar(2) = xsNewHostFunction(xs_listener, 1);
    xsCallFunction1(xsVar(2), xsVar(0), xsVar(1));
    listener = xsVar(0);
    xsRemember(listener);
    xsEndHost(machine);
}

/* Frees the connections of a failed test. */
static void free_connections(void)
{
    for (int i = 0; i < kConnections; i++)
        if (connections[i])
            connection_free(connections[i]);
}

void class_reset(void)
{
    network_reset();
    listen_once();
    free_connections();
    network_reset();
    waiting = 0;
    class_send_limit = 0;
    class_read_count = 0;
}

int class_waiting(void)
{
    int count = waiting;
    waiting = 0;
    return count;
}

static void report(xsMachine *the, const char *event)
{
    xsmcVars(1);
    xsmcGet(xsVar(0), xsThis, xsID("id"));
    Connection *connection = connections[xsmcToInteger(xsVar(0))];
    size_t used = strlen(connection->events), left = sizeof connection->events - used;
    const char *comma = used > 0 ? ", " : "";

    if (connection->closed)
        abort(); /* no callback after close() */
    if (xsmcArgc > 0)
        snprintf(connection->events + used, left, "%s%s %d", comma, event, (int)xsmcToInteger(xsArg(0)));
    else
        snprintf(connection->events + used, left, "%s%s", comma, event);
    if (connection->react)
        connection->react(connection, event);
}

static void on_readable(xsMachine *the)
{
    report(the, "readable");
}

static void on_writable(xsMachine *the)
{
    xsmcVars(1);
    xsmcGet(xsVar(0), xsThis, xsID("id"));
    connections[xsmcToInteger(xsVar(0))]->room = xsmcToInteger(xsArg(0));
    report(the, "writable");
}

static void on_pumped(xsMachine *the)
{
    report(the, "pumped");
}

static void on_end(xsMachine *the)
{
    report(the, "end");
}

static void on_error(xsMachine *the)
{
    report(the, "error");
}

static void set_function(xsMachine *the, xsSlot *options, const char *name, xsCallback function)
{
    xsmcVars(1);
    xsVar(0) = xsNewHostFunction(function, 1);
    xsmcSet(*options, xsID(name), xsVar(0));
}

/* Creates the TCP object of a connection. `options`, without callbacks: the caller's xsVar(2), as xsVar(0) and xsVar(1) are used here. */
static void construct(xsMachine *the, Connection *connection, xsSlot *options, bool with_end)
{
    xsmcVars(2);
    set_function(the, options, "onReadable", on_readable);
    set_function(the, options, "onWritable", on_writable);
    set_function(the, options, "onPumped", on_pumped);
    if (with_end)
        set_function(the, options, "onEnd", on_end);
    set_function(the, options, "onError", on_error);
    xsVar(0) = xsNewHostObject(xs_tcp_destructor);
    xsVar(1) = xsNewHostFunction(xs_tcp, 1);
    xsCallFunction1(xsVar(1), xsVar(0), *options);
    xsmcSetInteger(xsVar(1), connection->id);
    xsmcSet(xsVar(0), xsID("id"), xsVar(1));
    objects[connection->id] = xsVar(0);
    xsRemember(objects[connection->id]);
}

/* As the server: new TCP({ from: listener.read(), nodelay: true, keepalive: 10000, onReadable, onWritable, onEnd, onError }). */
static bool accept_next(xsMachine *the, Connection *connection, bool with_end)
{
    xsmcVars(4);
    xsVar(1) = xsNewHostObject(xs_tcp_destructor);
    xsVar(3) = xsNewHostFunction(xs_tcp, 0);
    xsCallFunction0(xsVar(3), xsVar(1));
    xsVar(3) = xsNewHostFunction(xs_listener_read, 1);
    xsVar(1) = xsCallFunction1(xsVar(3), xsAccess(listener), xsVar(1));
    if (xsmcTypeOf(xsVar(1)) == xsUndefinedType)
        return false;
    xsVar(2) = xsNewObject();
    xsmcSet(xsVar(2), xsID("from"), xsVar(1));
    xsmcSetBoolean(xsVar(3), true);
    xsmcSet(xsVar(2), xsID("nodelay"), xsVar(3));
    xsmcSetInteger(xsVar(3), 10000);
    xsmcSet(xsVar(2), xsID("keepalive"), xsVar(3));
    if (class_send_limit) {
        xsmcSetInteger(xsVar(3), class_send_limit);
        xsmcSet(xsVar(2), xsID("sendLimit"), xsVar(3));
    }
    construct(the, connection, &xsVar(2), with_end);
    return true;
}

static Connection *new_connection(Client *client)
{
    Connection *connection = calloc(1, sizeof *connection);

    connection->client = client;
    while (connections[connection->id])
        if (++connection->id == kConnections)
            abort();
    connections[connection->id] = connection;
    return connection;
}

Connection *connection_accept(Client *client, bool with_end)
{
    Connection *connection = new_connection(client);
    bool accepted = false;

    xsBeginHost(machine);
    accepted = accept_next(the, connection, with_end);
    xsEndHost(machine);
    if (accepted)
        return connection;
    connections[connection->id] = NULL;
    free(connection);
    return NULL;
}

Connection *connection_connect(Client *client, uint16_t port)
{
    Connection *connection = new_connection(client);

    xsBeginHost(machine);
    xsmcVars(3);
    xsVar(2) = xsNewObject();
    xsmcSetString(xsVar(1), "10.0.0.2");
    xsmcSet(xsVar(2), xsID("address"), xsVar(1));
    xsmcSetInteger(xsVar(1), port);
    xsmcSet(xsVar(2), xsID("port"), xsVar(1));
    construct(the, connection, &xsVar(2), false);
    xsEndHost(machine);
    return connection;
}

Connection *connection_open(uint16_t window, bool with_end)
{
    Client *client = client_connect(window);

    network_run(kHandshakeMilliseconds);
    Connection *connection = connection_accept(client, with_end);
    if (!connection)
        abort();
    network_run(1);
    return connection;
}

const char *events(Connection *connection)
{
    static char text[sizeof connection->events];

    strcpy(text, connection->events);
    connection->events[0] = 0;
    return text;
}

long connection_write(Connection *connection, const void *bytes, size_t count)
{
    long result = kOver;

    xsBeginHost(machine);
    xsmcVars(3);
    xsmcSetArrayBuffer(xsVar(0), (void *)bytes, (xsIntegerValue)count);
    xsVar(1) = xsNewHostFunction(xs_tcp_write, 1);
    xsTry
    {
        xsVar(2) = xsCallFunction1(xsVar(1), xsAccess(objects[connection->id]), xsVar(0));
        if (xsmcTypeOf(xsVar(2)) != xsUndefinedType)
            result = connection->room = xsmcToInteger(xsVar(2));
    }
    xsCatch
    {
        char text[kTextBytes];
        xsmcGet(xsVar(2), xsException, xsID("message"));
        xsmcToStringBuffer(xsVar(2), text, sizeof text);
        if (strcmp(text, "would block"))
            abort();
        result = kWouldBlock;
        connection->room = 0;
    }
    xsEndHost(machine);
    return result;
}

typedef struct Source {
    NativeSource base;
    const uint8_t *bytes;
    size_t count;
} Source;

static size_t read_source(NativeSource *base, uint8_t *target, size_t size)
{
    Source *source = (Source *)base;
    size_t count = size < source->count ? size : source->count;

    if (class_read_count == sizeof class_reads / sizeof class_reads[0])
        abort();
    class_reads[class_read_count++] = count;
    memcpy(target, source->bytes, count);
    source->bytes += count;
    source->count -= count;
    return count;
}

static void free_source(void *data)
{
    if (!data)
        return;
    free(data);
    sources--;
}

long connection_pump(Connection *connection, const void *bytes, size_t count, size_t length)
{
    static const xsHostHooks kHooks = {free_source, native_source_mark, NULL};
    long result = kOver;

    xsBeginHost(machine);
    xsmcVars(4);
    Source *source = calloc(1, sizeof *source);
    *source = (Source){.base.read = read_source, .bytes = bytes, .count = count};
    sources++;
    xsVar(0) = xsNewHostObject(NULL);
    xsmcSetHostData(xsVar(0), source);
    xsSetHostHooks(xsVar(0), (xsHostHooks *)&kHooks);
    xsmcSetInteger(xsVar(1), (xsIntegerValue)length);
    xsVar(2) = xsNewHostFunction(xs_tcp_pump, 2);
    xsTry
    {
        xsVar(3) = xsCallFunction2(xsVar(2), xsAccess(objects[connection->id]), xsVar(0), xsVar(1));
        if (xsmcTypeOf(xsVar(3)) != xsUndefinedType)
            result = xsmcTest(xsVar(3));
    }
    xsCatch
    {
        result = kRefused;
    }
    xsEndHost(machine);
    return result;
}

int class_sources(void)
{
    xsBeginHost(machine);
    xsCollectGarbage();
    xsEndHost(machine);
    return sources;
}

size_t connection_read(Connection *connection, void *bytes, size_t size)
{
    size_t count = 0;

    xsBeginHost(machine);
    xsmcVars(2);
    xsVar(0) = xsNewHostFunction(xs_tcp_read, 1);
    xsVar(1) = xsCallFunction0(xsVar(0), xsAccess(objects[connection->id]));
    if (xsmcTypeOf(xsVar(1)) != xsUndefinedType) {
        count = (size_t)xsmcGetArrayBufferLength(xsVar(1));
        if (count > size)
            abort();
        xsmcGetArrayBufferData(xsVar(1), 0, bytes, (xsIntegerValue)count);
    }
    xsEndHost(machine);
    return count;
}

void connection_close(Connection *connection)
{
    connection->closed = true;
    xsBeginHost(machine);
    xsmcVars(1);
    xsVar(0) = xsNewHostFunction(xs_tcp_close, 0);
    xsCallFunction0(xsVar(0), xsAccess(objects[connection->id]));
    xsEndHost(machine);
}

void connection_free(Connection *connection)
{
    if (!connection->closed)
        connection_close(connection);
    if (connection->client)
        client_free(connection->client);
    xsBeginHost(machine);
    xsForget(objects[connection->id]);
    xsEndHost(machine);
    network_run(kHandshakeMilliseconds);
    connections[connection->id] = NULL;
    free(connection);
}
