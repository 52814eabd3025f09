/* SPDX-License-Identifier: Apache-2.0 */
#include "buffered-socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* After close(): limit for sending queued bytes and for the peer's FIN. */
enum { kLingerSeconds = 5 };

typedef struct {
    uint8_t *bytes;
    size_t size;
    size_t start;
    size_t used;
} Ring;

struct BufferedSocket {
    xsMachine *the;
    const BufferedSocketPeer *functions; /* NULL: of the descriptor */
    void *peer;
    int fd;
    bool open;
    int timer; /* limit of lingering; -1: not lingering */
    RunnerWatch *watch;
    RunnerWatch *timer_watch;
    RunnerNotifier *notifier;
    BufferedSocketCallback callback;
    void *refcon;
    Ring input;
    Ring output;
    size_t limit;     /* bytes that `output` and `in_flight` may be */
    size_t in_flight; /* bytes sent and not acknowledged, if the peer reports that */
    int posted;     /* events of the next notification */
    int references; /* the owner, and deliveries under way */
    bool connecting;
    bool linger;
    bool half_open; /* the end of input does not end the socket */
    bool ended;     /* end of input */
    bool failed;    /* sending is not possible either */
    bool hung_up;   /* the peer is gone, and its last bytes did not fit the input buffer; no longer watched */
    int reported;   /* kSocketEnd and kSocketError, if delivered */
    bool closed;    /* by the owner */
    BufferedSocket *next; /* in gLingering */
};

/* Closed by their owners, still sending or waiting for the peer's end. */
static BufferedSocket *gLingering;

/* The longest contiguous part of the used bytes, or of the free space. */
static size_t ring_part(const Ring *ring, bool space, uint8_t **bytes)
{
    size_t at = space ? (ring->start + ring->used) % ring->size : ring->start;
    size_t count = space ? ring->size - ring->used : ring->used;
    *bytes = ring->bytes + at;
    return count < ring->size - at ? count : ring->size - at;
}

static void ring_drop(Ring *ring, size_t count)
{
    ring->used -= count;
    ring->start = ring->used ? (ring->start + count) % ring->size : 0;
}

static void on_watch(xsMachine *the, int events, void *refcon);
static void on_notified(xsMachine *the, void *refcon);

static BufferedSocket *allocate(xsMachine *the, BufferedSocketOptions options)
{
    BufferedSocket *socket = calloc(1, sizeof *socket + options.input_bytes + options.output_bytes);
    if (!socket)
        return NULL;
    uint8_t *buffers = (uint8_t *)(socket + 1);
    socket->the = the;
    socket->fd = -1;
    socket->open = true;
    socket->timer = -1;
    socket->references = 1;
    socket->connecting = options.connecting;
    socket->linger = options.linger;
    socket->input = (Ring){buffers, options.input_bytes, 0, 0};
    socket->output = (Ring){buffers + options.input_bytes, options.output_bytes, 0, 0};
    socket->limit = options.output_bytes;
    socket->notifier = runner_notifier_new(the, on_notified, socket);
    if (socket->notifier)
        return socket;
    free(socket);
    return NULL;
}

static BufferedSocket *opened(BufferedSocket *socket, bool good)
{
    if (good)
        return socket;
    runner_notifier_free(socket->notifier);
    free(socket);
    return NULL;
}

BufferedSocket *buffered_socket_new(xsMachine *the, int fd, BufferedSocketOptions options)
{
    BufferedSocket *socket = allocate(the, options);
    if (!socket)
        return NULL;
    socket->fd = fd;
    socket->watch = runner_watch(the, fd, (options.connecting ? kRunnerWritable : kRunnerReadable) | kRunnerHangup, on_watch, socket);
    return opened(socket, socket->watch);
}

BufferedSocket *buffered_socket_over(xsMachine *the, const BufferedSocketPeer *functions, void *peer, BufferedSocketOptions options)
{
    BufferedSocket *socket = allocate(the, options);
    if (!socket)
        return NULL;
    socket->functions = functions;
    socket->peer = peer;
    int events = (options.connecting ? kRunnerWritable : kRunnerReadable) | kRunnerHangup;
    return opened(socket, functions->watch(the, peer, events, on_watch, socket));
}

static ssize_t receive_some(BufferedSocket *socket, void *bytes, size_t size)
{
    return socket->functions ? socket->functions->receive(socket->peer, bytes, size) : recv(socket->fd, bytes, size, 0);
}

static ssize_t send_some(BufferedSocket *socket, const void *bytes, size_t size)
{
    return socket->functions ? socket->functions->send(socket->peer, bytes, size) : send(socket->fd, bytes, size, MSG_NOSIGNAL);
}

static int error_of(const BufferedSocket *socket)
{
    int error = 0;
    socklen_t length = sizeof error;
    if (socket->functions)
        return socket->functions->error ? socket->functions->error(socket->peer) : 0;
    getsockopt(socket->fd, SOL_SOCKET, SO_ERROR, &error, &length);
    return error;
}

static void watch(BufferedSocket *socket, int events)
{
    if (socket->functions)
        socket->functions->watch(socket->the, socket->peer, events, on_watch, socket);
    else if (socket->watch)
        runner_watch_set_events(socket->watch, events);
}

static void unwatch(BufferedSocket *socket)
{
    if (socket->functions)
        watch(socket, 0);
    runner_unwatch(socket->watch);
    socket->watch = NULL;
}

static void forget_lingering(const BufferedSocket *socket)
{
    BufferedSocket **place = &gLingering;

    while (*place && *place != socket)
        place = &(*place)->next;
    if (*place)
        *place = socket->next;
}

/* Closes the descriptor and leaves the event loop. Frees the memory unless a delivery is under way. */
static void release(BufferedSocket *socket)
{
    if (socket->open) {
        forget_lingering(socket);
        unwatch(socket);
        runner_unwatch(socket->timer_watch);
        runner_notifier_free(socket->notifier);
        if (socket->functions)
            socket->functions->close(socket->peer);
        else
            close(socket->fd);
        if (socket->timer >= 0)
            close(socket->timer);
        socket->open = false;
    }
    if (--socket->references == 0)
        free(socket);
}

/*
 * Watches for the events that matter in the current state. After the end of input this is a hang-up: the peer may reset the connection.
 * A failed socket is not watched: poll() would report its hang-up endlessly.
 */
static void update_watch(BufferedSocket *socket)
{
    int events = 0;
    if (socket->closed ? !socket->ended : !socket->connecting && !socket->ended && socket->input.used < socket->input.size)
        events |= kRunnerReadable;
    if (socket->connecting || (socket->output.used && !socket->failed))
        events |= kRunnerWritable;
    if (socket->failed)
        unwatch(socket);
    else if (!socket->hung_up)
        watch(socket, events | kRunnerHangup);
}

static void post(BufferedSocket *socket, int events)
{
    if (events && !socket->posted)
        runner_notifier_post(socket->notifier);
    socket->posted |= events;
}

static void report(BufferedSocket *socket, BufferedSocketEvent event)
{
    if (!socket->closed && socket->callback)
        socket->callback(socket->the, event, socket->refcon);
}

static void report_once(BufferedSocket *socket, BufferedSocketEvent event)
{
    if (socket->closed || !socket->callback || (socket->reported & (int)event))
        return;
    socket->reported |= (int)event;
    report(socket, event);
}

/* Connected, not failed, and half-open if its input has ended. */
static bool is_open(const BufferedSocket *socket)
{
    return !socket->connecting && !socket->failed && (socket->half_open || !socket->ended);
}

/* In the ESP32's order: readable, end of input, then writable or error. The callbacks may close the socket. */
static void deliver(BufferedSocket *socket, int events)
{
    socket->references++;
    if ((events & kSocketReadable) && socket->input.used)
        report(socket, kSocketReadable);
    if (socket->ended && !socket->failed && !socket->input.used)
        report_once(socket, socket->half_open ? kSocketEnd : kSocketError);
    if (socket->failed)
        report_once(socket, kSocketError);
    else if ((events & kSocketWritable) && is_open(socket) && buffered_socket_writable(socket))
        report(socket, kSocketWritable);
    if (--socket->references == 0)
        free(socket);
}

static void on_notified(xsMachine *the, void *refcon)
{
    (void)the;
    BufferedSocket *socket = refcon;
    int events = socket->posted;
    socket->posted = 0;
    deliver(socket, events);
}

static void fail(BufferedSocket *socket)
{
    socket->ended = socket->failed = true;
    socket->connecting = false;
    socket->in_flight = 0;
    ring_drop(&socket->output, socket->output.used);
}

static bool would_block(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* Receives into the input buffer; a closed socket drops its input. Returns events. */
static int receive(BufferedSocket *socket)
{
    int events = 0;
    uint8_t scrap[2048];
    /* The peer of a closed socket may send endlessly: a limited number of calls. */
    for (int parts = 0; !socket->ended && parts < 16; parts++) {
        uint8_t *bytes = scrap;
        size_t space = socket->closed ? sizeof scrap : ring_part(&socket->input, true, &bytes);
        if (!space)
            break;
        ssize_t count = receive_some(socket, bytes, space);
        if (count < 0 && would_block())
            break;
        if (count < 0)
            fail(socket);
        if (count <= 0) {
            socket->ended = true;
            return events | kSocketEnd;
        }
        if (!socket->closed)
            socket->input.used += (size_t)count;
        events |= kSocketReadable;
    }
    return events;
}

static size_t held(const BufferedSocket *socket)
{
    return socket->output.used + socket->in_flight;
}

static bool is_acknowledged(const BufferedSocket *socket)
{
    return socket->functions && socket->functions->acknowledged;
}

/* Sends queued bytes. Returns events: there is more room. */
static int transmit(BufferedSocket *socket)
{
    size_t before = held(socket);
    if (is_acknowledged(socket))
        socket->in_flight -= socket->functions->acknowledged(socket->peer);
    while (socket->output.used && !socket->failed) {
        uint8_t *bytes;
        size_t length = ring_part(&socket->output, false, &bytes);
        ssize_t count = send_some(socket, bytes, length);
        if (count < 0 && would_block())
            break;
        if (count < 0) {
            fail(socket);
            return kSocketError;
        }
        ring_drop(&socket->output, (size_t)count);
        if (is_acknowledged(socket))
            socket->in_flight += (size_t)count;
    }
    return held(socket) < before ? kSocketWritable : 0;
}

static int connected(BufferedSocket *socket)
{
    socket->connecting = false;
    if (!error_of(socket))
        return kSocketWritable;
    fail(socket);
    return kSocketError;
}

/*
 * Nothing can be sent after a hang-up. With an error, bytes in the kernel are lost, as bytes beyond the window are on the ESP32; otherwise
 * they are received when the input buffer has room. Returns events.
 */
static int hang_up(BufferedSocket *socket)
{
    if (socket->ended || error_of(socket)) {
        fail(socket);
        return kSocketError;
    }
    if (socket->input.used == socket->input.size) {
        unwatch(socket);
        socket->hung_up = true;
    }
    return 0;
}

/* Lingering ends when all bytes are sent and the peer has sent its FIN. */
static void continue_lingering(BufferedSocket *socket)
{
    if (!socket->output.used && !socket->failed)
        shutdown(socket->fd, SHUT_WR);
    if (socket->failed || (socket->ended && !socket->output.used))
        release(socket);
    else
        update_watch(socket);
}

static void on_watch(xsMachine *the, int events, void *refcon)
{
    (void)the;
    BufferedSocket *socket = refcon;
    int changes = 0;
    if (socket->connecting)
        changes = events & (kRunnerWritable | kRunnerHangup) ? connected(socket) : 0;
    else {
        if (events & (kRunnerReadable | kRunnerHangup))
            changes |= receive(socket);
        if (events & (kRunnerWritable | kRunnerHangup))
            changes |= transmit(socket);
    }
    if (socket->closed) {
        continue_lingering(socket);
        return;
    }
    if ((events & kRunnerHangup) && !socket->failed)
        changes |= hang_up(socket);
    update_watch(socket);
    if (changes)
        deliver(socket, changes);
}

static void on_linger_timeout(xsMachine *the, int events, void *refcon)
{
    (void)the;
    (void)events;
    release(refcon);
}

void buffered_socket_listen(BufferedSocket *socket, BufferedSocketCallback callback, void *refcon, bool half_open)
{
    socket->callback = callback;
    socket->refcon = refcon;
    socket->half_open = half_open;
    if (callback && !socket->connecting)
        post(socket, kSocketReadable | kSocketWritable | kSocketEnd | kSocketError);
}

bool buffered_socket_is_connecting(const BufferedSocket *socket)
{
    return socket->connecting;
}

int buffered_socket_descriptor(const BufferedSocket *socket)
{
    return socket->fd;
}

bool buffered_socket_ended(const BufferedSocket *socket)
{
    return socket->ended;
}

bool buffered_socket_failed(const BufferedSocket *socket)
{
    return socket->failed;
}

size_t buffered_socket_readable(const BufferedSocket *socket)
{
    return socket->input.used;
}

void buffered_socket_read(BufferedSocket *socket, void *bytes, size_t count)
{
    uint8_t *to = bytes;
    if (socket->functions && socket->functions->consumed)
        socket->functions->consumed(socket->peer, count);
    while (count) {
        uint8_t *from;
        size_t part = ring_part(&socket->input, false, &from);
        if (part > count)
            part = count;
        memcpy(to, from, part);
        ring_drop(&socket->input, part);
        to += part;
        count -= part;
    }
    if (socket->hung_up && !socket->ended) {
        int events = receive(socket);
        if (socket->ended)
            fail(socket);
        post(socket, events);
    }
    if (!socket->ended)
        update_watch(socket);
    else if (!socket->input.used)
        post(socket, kSocketEnd);
}

size_t buffered_socket_writable(const BufferedSocket *socket)
{
    return held(socket) < socket->limit ? socket->limit - held(socket) : 0;
}

bool buffered_socket_drained(const BufferedSocket *socket)
{
    return held(socket) == 0;
}

void buffered_socket_limit(BufferedSocket *socket, size_t bytes)
{
    socket->limit = bytes < socket->output.size ? bytes : socket->output.size;
}

bool buffered_socket_write(BufferedSocket *socket, const void *bytes, size_t count)
{
    const uint8_t *from = bytes;
    if (socket->failed)
        return true;
    if (count > buffered_socket_writable(socket)) {
        if (!held(socket))
            post(socket, kSocketWritable);
        return false;
    }
    while (count) {
        uint8_t *to;
        size_t part = ring_part(&socket->output, true, &to);
        if (part > count)
            part = count;
        memcpy(to, from, part);
        socket->output.used += part;
        from += part;
        count -= part;
    }
    update_watch(socket);
    return true;
}

/* Limits lingering. False: no timer. */
static bool limit_lingering(BufferedSocket *socket)
{
    struct itimerspec limit = {.it_value = {.tv_sec = kLingerSeconds}};
    socket->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (socket->timer < 0 || timerfd_settime(socket->timer, 0, &limit, NULL))
        return false;
    socket->timer_watch = runner_watch(socket->the, socket->timer, kRunnerReadable, on_linger_timeout, socket);
    return socket->timer_watch != NULL;
}

void buffered_socket_close(BufferedSocket *socket)
{
    if (!socket)
        return;
    socket->closed = true;
    if (!socket->connecting)
        transmit(socket);
    /* Closing with unread input would reset the connection, and the peer could lose the last bytes sent. So the input is read and dropped. */
    bool lingers = socket->linger && socket->watch && !socket->connecting && !socket->failed && limit_lingering(socket);
    if (!lingers) {
        release(socket);
        return;
    }
    socket->next = gLingering;
    gLingering = socket;
    ring_drop(&socket->input, socket->input.used);
    if (!socket->ended)
        receive(socket);
    continue_lingering(socket);
}

void buffered_socket_end_lingering(void)
{
    while (gLingering)
        release(gLingering);
}

void buffered_socket_abort(BufferedSocket *socket)
{
    if (!socket)
        return;
    socket->closed = true;
    release(socket);
}
