/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What the firmware's TypeScript runs on while its instructions are counted: clients behind the TCP class, and a capture that has a frame when
 * asked. Compiled with platforms/common/native/tcp.c as a library of the engine runner, whose own TCP class it replaces.
 * All of it runs in the XS thread; the event loop calls turn() while anything is to be done.
 */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "native-class.h"
#include "runner.h"
#include "tcp-socket.h"
#include "vospi-xs.h"

#include "mc.xs.h"

/* kSendBuffer: lwIP's in the firmware. kAcknowledged: peers acknowledge every second segment. */
enum { kClients = 16, kSendBuffer = 28672, kAcknowledged = 2 * 1436, kInputBytes = 16384, kSlots = 12 };

struct TcpSocket {
    void *owner;
    void (*on_events)(xsMachine *the, void *owner, uint32_t events);
    uint32_t events; /* not reported */
    uint32_t limit;
    uint32_t unacknowledged;
    size_t received; /* bytes that the client got */
    uint8_t last;
    uint8_t input[kInputBytes];
    size_t input_from, input_to;
};

typedef struct Capture {
    NativeObject base;
    VospiPool *pool;
    bool ready;
} Capture;

enum { kOnReadable };

static TcpSocket *gClients[kClients];
static Capture *gCapture;
static RunnerNotifier *gNotifier;
/* Called once when nothing is left to do. */
static xsSlot gSettled;
static bool gWaiting;
/* Clients acknowledge all that they have at once. */
static bool gAtOnce;

static bool report(xsMachine *the, TcpSocket *socket)
{
    uint32_t events = socket->events;

    if (!events || !socket->owner)
        return false;
    socket->events = 0;
    socket->on_events(the, socket->owner, events);
    return true;
}

static bool acknowledge(TcpSocket *socket)
{
    uint32_t count = socket->unacknowledged;

    if (!count)
        return false;
    if (count > kAcknowledged && !gAtOnce)
        count = kAcknowledged;
    socket->unacknowledged -= count;
    socket->events |= kTcpWritable;
    return true;
}

static bool deliver(xsMachine *the)
{
    if (!gCapture || !gCapture->ready)
        return false;
    gCapture->ready = false;
    native_call(the, &gCapture->base, kOnReadable, kNativeNoCount);
    return true;
}

static void turn(xsMachine *the, void *unused)
{
    bool busy = deliver(the);

    (void)unused;
    for (int i = 0; i < kClients; i++) {
        if (!gClients[i])
            continue;
        busy |= report(the, gClients[i]);
        if (gClients[i])
            busy |= acknowledge(gClients[i]);
    }
    if (busy)
        runner_notifier_post(gNotifier);
    else if (gWaiting) {
        gWaiting = false;
        xsBeginHost(the);
        xsCallFunction0(xsAccess(gSettled), xsUndefined);
        xsForget(gSettled);
        xsEndHost(the);
    }
}

static void post(xsMachine *the)
{
    if (!gNotifier)
        gNotifier = runner_notifier_new(the, turn, NULL);
    runner_notifier_post(gNotifier);
}

/* The interface of tcp-socket.h. The port is the client's number. */

TcpSocket *tcp_socket_connect(xsMachine *the, const char *address, uint16_t port)
{
    (void)address;
    if (port >= kClients || gClients[port])
        xsUnknownError("no such client");
    gClients[port] = calloc(1, sizeof(TcpSocket));
    if (!gClients[port])
        xsUnknownError("no memory");
    return gClients[port];
}

void tcp_socket_adopt(TcpSocket *socket, void *owner, void (*on_events)(xsMachine *the, void *owner, uint32_t events))
{
    socket->owner = owner;
    socket->on_events = on_events;
    socket->events = kTcpReadable | kTcpWritable;
}

void tcp_socket_tune(TcpSocket *socket, bool nodelay, uint32_t keepalive, uint32_t limit)
{
    (void)nodelay;
    (void)keepalive;
    socket->limit = limit > 0 && limit < kSendBuffer ? limit : kSendBuffer;
}

bool tcp_socket_connecting(const TcpSocket *socket)
{
    (void)socket;
    return false;
}

bool tcp_socket_ended(const TcpSocket *socket)
{
    (void)socket;
    return false;
}

bool tcp_socket_failed(const TcpSocket *socket)
{
    (void)socket;
    return false;
}

size_t tcp_socket_readable(const TcpSocket *socket)
{
    return socket->input_to - socket->input_from;
}

void tcp_socket_read(TcpSocket *socket, void *bytes, size_t count)
{
    memcpy(bytes, socket->input + socket->input_from, count);
    socket->input_from += count;
}

size_t tcp_socket_writable(const TcpSocket *socket)
{
    return socket->limit - socket->unacknowledged;
}

bool tcp_socket_drained(const TcpSocket *socket)
{
    return !socket->unacknowledged;
}

TcpWrite tcp_socket_write(TcpSocket *socket, const void *bytes, size_t count)
{
    if (count > tcp_socket_writable(socket))
        return kTcpWouldBlock;
    if (count)
        socket->last = ((const uint8_t *)bytes)[count - 1];
    socket->unacknowledged += (uint32_t)count;
    socket->received += count;
    runner_notifier_post(gNotifier);
    return kTcpWritten;
}

bool tcp_socket_peer(const TcpSocket *socket, char *text, size_t size, uint16_t *port)
{
    (void)socket;
    strncpy(text, "192.168.4.2", size);
    *port = 50000;
    return true;
}

void tcp_socket_close(TcpSocket *socket)
{
    for (int i = 0; i < kClients; i++) {
        if (gClients[i] == socket)
            gClients[i] = NULL;
    }
    free(socket);
}

void tcp_socket_abort(TcpSocket *socket)
{
    tcp_socket_close(socket);
}

/* Clients */

static TcpSocket *client(xsMachine *the)
{
    TcpSocket *socket = gClients[native_unsigned(the, &xsArg(0), "client", kClients - 1)];
    if (!socket)
        xsUnknownError("the connection is closed");
    return socket;
}

/* send(client, bytes) */
void xs_model_send(xsMachine *the)
{
    TcpSocket *socket = client(the);
    void *bytes;
    xsUnsignedValue size;

    xsmcGetBufferReadable(xsArg(1), &bytes, &size);
    if (size > sizeof socket->input || tcp_socket_readable(socket))
        xsUnknownError("too much input");
    memcpy(socket->input, bytes, size);
    socket->input_from = 0;
    socket->input_to = size;
    socket->events |= kTcpReadable;
    post(the);
}

/* received(client): bytes so far */
void xs_model_received(xsMachine *the)
{
    xsmcSetNumber(xsResult, (double)client(the)->received);
}

/* last(client): the last byte that it got */
void xs_model_last(xsMachine *the)
{
    xsmcSetInteger(xsResult, client(the)->last);
}

/* atOnce(on) */
void xs_model_at_once(xsMachine *the)
{
    (void)the;
    gAtOnce = xsmcTest(xsArg(0));
}

/* settled(function): calls it when nothing is left to do. */
void xs_model_settled(xsMachine *the)
{
    gSettled = xsArg(0);
    xsRemember(gSettled);
    gWaiting = true;
    post(the);
}

/* finish(): the event loop waits for nothing more. */
void xs_model_finish(xsMachine *the)
{
    (void)the;
    runner_notifier_free(gNotifier);
    gNotifier = NULL;
}

/* The profiler sets its counts to zero at the first, and writes them at the second. */
void xs_model_begin(xsMachine *the)
{
    (void)the;
}

void xs_model_end(xsMachine *the)
{
    (void)the;
}

/* Capture */

void xs_model_capture_destructor(void *data);

static const xsHostHooks kHooks = {xs_model_capture_destructor, native_mark, NULL};

void xs_model_capture_destructor(void *data)
{
    Capture *capture = data;

    if (!capture)
        return;
    gCapture = NULL;
    vospi_pool_release(capture->pool);
    native_release(&capture->base);
}

void xs_model_capture(xsMachine *the)
{
    Capture *capture = native_create(the, sizeof *capture, &kHooks);

    xsmcVars(1);
    native_callback(the, &capture->base, kOnReadable, xsID_onReadable, "onReadable");
    capture->pool = vospi_pool_new(kSlots);
    native_remember(the, &capture->base);
    gCapture = capture;
}

static void write_word(uint8_t *words, uint32_t index, uint32_t word)
{
    words[2 * index] = (uint8_t)(word >> 8);
    words[2 * index + 1] = (uint8_t)word;
}

/* publish(milliseconds): a frame captured then, of the same pixels as all */
void xs_model_capture_publish(xsMachine *the)
{
    Capture *capture = native_this(the, &kHooks);
    uint32_t time = native_unsigned(the, &xsArg(0), "time", UINT32_MAX);
    bool replaced;
    VospiFrame *frame = vospi_slots_acquire(&capture->pool->slots, &replaced);

    if (!frame)
        xsUnknownError("no free slot");
    for (uint32_t i = 0; i < kVospiPixels; i++)
        write_word(frame->pixels, i, 29000 + i % kVospiColumns * 4 + (i * 40503u >> 12 & 7));
    memset(frame->telemetry, 0, sizeof frame->telemetry);
    write_word(frame->telemetry, 1, time & 0xffff); /* its clock */
    write_word(frame->telemetry, 2, time >> 16);
    write_word(frame->telemetry, 3, 3 << 4); /* the FFC is complete */
    write_word(frame->telemetry, 208, 1);    /* TLinear */
    frame->captured = time;
    vospi_slots_publish(&capture->pool->slots, frame);
    capture->ready = true;
    post(the);
}

void xs_model_capture_read(xsMachine *the)
{
    VospiHold *hold = vospi_pool_take(((Capture *)native_this(the, &kHooks))->pool);

    if (!hold)
        return;
    xsmcVars(1);
    xsmcGet(xsVar(0), xsThis, xsID_constructor);
    xsmcNew(xsResult, xsVar(0), xsID_Frame, NULL);
    vospi_frame_init(the, &xsResult, hold);
}
