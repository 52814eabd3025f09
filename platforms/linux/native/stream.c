/* SPDX-License-Identifier: Apache-2.0 */
#include "stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* How long a closed stream may go on sending what is queued and waiting for the peer's end. */
enum { kLingerSeconds = 5 };

typedef struct {
    uint8_t *bytes;
    size_t size;
    size_t start;
    size_t used;
} Ring;

struct Stream {
    xsMachine *the;
    int fd;
    int timer; /* of a lingering stream, else -1 */
    RunnerWatch *watch;
    RunnerWatch *timerWatch;
    RunnerNotifier *post;
    StreamCallback callback;
    void *refcon;
    Ring input;
    Ring output;
    int posted; /* events the next post delivers */
    int holds;  /* deliveries under way, plus one until freed */
    bool connecting;
    bool linger;
    bool halfOpen; /* the end of input does not end the stream */
    bool ended;    /* nothing more will be received */
    bool failed;   /* nothing can be sent either */
    bool hungUp;   /* the other end is gone, but the input buffer had no room for all it sent; no longer watched */
    int reported;  /* of kStreamEnd and kStreamError, those that were delivered */
    bool closed;   /* the owner is gone */
};

/* The longest piece without wrap-around: of the bytes held, or of the space left. */
static size_t ringPiece(const Ring *ring, bool space, uint8_t **bytes)
{
    size_t at = space ? (ring->start + ring->used) % ring->size : ring->start;
    size_t count = space ? ring->size - ring->used : ring->used;
    *bytes = ring->bytes + at;
    return count < ring->size - at ? count : ring->size - at;
}

static void ringDrop(Ring *ring, size_t count)
{
    ring->used -= count;
    ring->start = ring->used ? (ring->start + count) % ring->size : 0;
}

static void onWatch(xsMachine *the, int events, void *refcon);
static void onPost(xsMachine *the, void *refcon);

Stream *streamNew(xsMachine *the, int fd, StreamOptions options)
{
    Stream *stream = calloc(1, sizeof *stream + options.inputBytes + options.outputBytes);
    if (!stream)
        return NULL;
    uint8_t *buffers = (uint8_t *)(stream + 1);
    stream->the = the;
    stream->timer = -1;
    stream->holds = 1;
    stream->connecting = options.connecting;
    stream->linger = options.linger;
    stream->input = (Ring){buffers, options.inputBytes, 0, 0};
    stream->output = (Ring){buffers + options.inputBytes, options.outputBytes, 0, 0};
    stream->fd = fd;
    stream->post = runner_notifier_new(the, onPost, stream);
    stream->watch = stream->post ? runner_watch(the, fd, (options.connecting ? kRunnerWritable : kRunnerReadable) | kRunnerHangup, onWatch, stream) : NULL;
    if (!stream->watch) {
        runner_notifier_free(stream->post);
        free(stream);
        return NULL;
    }
    return stream;
}

/* Frees the descriptor and everything the event loop knows; the memory goes when no delivery is under way. */
static void release(Stream *stream)
{
    if (stream->fd >= 0) {
        runner_unwatch(stream->watch);
        runner_unwatch(stream->timerWatch);
        runner_notifier_free(stream->post);
        close(stream->fd);
        if (stream->timer >= 0)
            close(stream->timer);
        stream->fd = -1;
    }
    if (--stream->holds == 0)
        free(stream);
}

/*
 * Watches for what can make a difference now. After the end of input that is a hang-up: the peer may still reset the connection.
 * A failed stream shows its hang-up in every poll, so it is not watched.
 */
static void updateWatch(Stream *stream)
{
    int events = 0;
    if (stream->closed ? !stream->ended : !stream->connecting && !stream->ended && stream->input.used < stream->input.size)
        events |= kRunnerReadable;
    if (stream->connecting || (stream->output.used && !stream->failed))
        events |= kRunnerWritable;
    if (stream->failed) {
        runner_unwatch(stream->watch);
        stream->watch = NULL;
    } else if (stream->watch)
        runner_watch_set_events(stream->watch, events | kRunnerHangup);
}

static void post(Stream *stream, int events)
{
    if (events && !stream->posted)
        runner_notifier_post(stream->post);
    stream->posted |= events;
}

static void report(Stream *stream, StreamEvent event)
{
    if (!stream->closed && stream->callback)
        stream->callback(stream->the, event, stream->refcon);
}

static void reportOnce(Stream *stream, StreamEvent event)
{
    if (stream->closed || !stream->callback || (stream->reported & (int)event))
        return;
    stream->reported |= (int)event;
    report(stream, event);
}

/* The order of the ESP32: readable, end of input, then writable or error. The callbacks may close the stream. */
static void deliver(Stream *stream, int events)
{
    stream->holds++;
    if ((events & kStreamReadable) && stream->input.used)
        report(stream, kStreamReadable);
    if (stream->ended && !stream->failed && !stream->input.used)
        reportOnce(stream, stream->halfOpen ? kStreamEnd : kStreamError);
    if (stream->failed)
        reportOnce(stream, kStreamError);
    else if ((events & kStreamWritable) && streamIsOpen(stream) && streamWritable(stream))
        report(stream, kStreamWritable);
    if (--stream->holds == 0)
        free(stream);
}

static void onPost(xsMachine *the, void *refcon)
{
    (void)the;
    Stream *stream = refcon;
    int events = stream->posted;
    stream->posted = 0;
    deliver(stream, events);
}

static void fail(Stream *stream)
{
    stream->ended = stream->failed = true;
    stream->connecting = false;
    ringDrop(&stream->output, stream->output.used);
}

static bool isWait(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* Takes what has arrived, as far as it fits (a closed stream drops it). @returns the events it makes */
static int receive(Stream *stream)
{
    int events = 0;
    uint8_t scrap[2048];
    /* A closed stream's peer may send without end: a few pieces at a time. */
    for (int pieces = 0; !stream->ended && pieces < 16; pieces++) {
        uint8_t *bytes = scrap;
        size_t space = stream->closed ? sizeof scrap : ringPiece(&stream->input, true, &bytes);
        if (!space)
            break;
        ssize_t count = recv(stream->fd, bytes, space, 0);
        if (count < 0 && isWait())
            break;
        if (count < 0)
            fail(stream);
        if (count <= 0) {
            stream->ended = true;
            return events | kStreamEnd;
        }
        if (!stream->closed)
            stream->input.used += (size_t)count;
        events |= kStreamReadable;
    }
    return events;
}

/* Sends what is queued, as far as it is taken. @returns the events it makes */
static int transmit(Stream *stream)
{
    int events = 0;
    while (stream->output.used && !stream->failed) {
        uint8_t *bytes;
        size_t length = ringPiece(&stream->output, false, &bytes);
        ssize_t count = send(stream->fd, bytes, length, MSG_NOSIGNAL);
        if (count < 0 && isWait())
            break;
        if (count < 0) {
            fail(stream);
            return events | kStreamError;
        }
        ringDrop(&stream->output, (size_t)count);
        events |= kStreamWritable;
    }
    return events;
}

static int connected(Stream *stream)
{
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &error, &length);
    stream->connecting = false;
    if (!error)
        return kStreamWritable;
    fail(stream);
    return kStreamError;
}

/*
 * After a hang-up nothing can be sent. What the kernel still holds is lost when it is an error, as it would be beyond the ESP32's window;
 * else it is fetched when the input buffer has room for it.
 * @returns the events it makes
 */
static int hangUp(Stream *stream)
{
    int error = 0;
    socklen_t length = sizeof error;
    if (!stream->ended)
        getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &error, &length);
    if (stream->ended || error) {
        fail(stream);
        return kStreamError;
    }
    if (stream->input.used == stream->input.size) {
        runner_unwatch(stream->watch);
        stream->watch = NULL;
        stream->hungUp = true;
    }
    return 0;
}

/* A lingering stream is done when all is sent and the peer has ended too. */
static void continueLingering(Stream *stream)
{
    if (!stream->output.used && !stream->failed)
        shutdown(stream->fd, SHUT_WR);
    if (stream->failed || (stream->ended && !stream->output.used))
        release(stream);
    else
        updateWatch(stream);
}

static void onWatch(xsMachine *the, int events, void *refcon)
{
    (void)the;
    Stream *stream = refcon;
    int happened = 0;
    if (stream->connecting)
        happened = events & (kRunnerWritable | kRunnerHangup) ? connected(stream) : 0;
    else {
        if (events & (kRunnerReadable | kRunnerHangup))
            happened |= receive(stream);
        if (events & (kRunnerWritable | kRunnerHangup))
            happened |= transmit(stream);
    }
    if (stream->closed) {
        continueLingering(stream);
        return;
    }
    if ((events & kRunnerHangup) && !stream->failed)
        happened |= hangUp(stream);
    updateWatch(stream);
    if (happened)
        deliver(stream, happened);
}

static void onLingerTimeout(xsMachine *the, int events, void *refcon)
{
    (void)the;
    (void)events;
    release(refcon);
}

void streamListen(Stream *stream, StreamCallback callback, void *refcon, bool halfOpen)
{
    stream->callback = callback;
    stream->refcon = refcon;
    stream->halfOpen = halfOpen;
    if (callback && !stream->connecting)
        post(stream, kStreamReadable | kStreamWritable | kStreamEnd | kStreamError);
}

bool streamIsOpen(const Stream *stream)
{
    return !stream->connecting && !stream->failed && (stream->halfOpen || !stream->ended);
}

bool streamIsConnecting(const Stream *stream)
{
    return stream->connecting;
}

int streamDescriptor(const Stream *stream)
{
    return stream->fd;
}

size_t streamReadable(const Stream *stream)
{
    return stream->input.used;
}

void streamRead(Stream *stream, void *bytes, size_t count)
{
    uint8_t *to = bytes;
    while (count) {
        uint8_t *from;
        size_t piece = ringPiece(&stream->input, false, &from);
        if (piece > count)
            piece = count;
        memcpy(to, from, piece);
        ringDrop(&stream->input, piece);
        to += piece;
        count -= piece;
    }
    if (stream->hungUp && !stream->ended) {
        int events = receive(stream);
        if (stream->ended)
            fail(stream);
        post(stream, events);
    }
    if (!stream->ended)
        updateWatch(stream);
    else if (!stream->input.used)
        post(stream, kStreamEnd);
}

size_t streamWritable(const Stream *stream)
{
    return stream->output.size - stream->output.used;
}

bool streamWrite(Stream *stream, const void *bytes, size_t count)
{
    const uint8_t *from = bytes;
    if (stream->failed)
        return true;
    if (count > streamWritable(stream)) {
        if (!stream->output.used)
            post(stream, kStreamWritable);
        return false;
    }
    while (count) {
        uint8_t *to;
        size_t piece = ringPiece(&stream->output, true, &to);
        if (piece > count)
            piece = count;
        memcpy(to, from, piece);
        stream->output.used += piece;
        from += piece;
        count -= piece;
    }
    updateWatch(stream);
    return true;
}

/* Ends lingering after a while whatever the peer does. False when that cannot be arranged. */
static bool limitLingering(Stream *stream)
{
    struct itimerspec limit = {.it_value = {.tv_sec = kLingerSeconds}};
    stream->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (stream->timer < 0 || timerfd_settime(stream->timer, 0, &limit, NULL))
        return false;
    stream->timerWatch = runner_watch(stream->the, stream->timer, kRunnerReadable, onLingerTimeout, stream);
    return stream->timerWatch != NULL;
}

void streamClose(Stream *stream)
{
    if (!stream)
        return;
    stream->closed = true;
    if (!stream->connecting)
        transmit(stream);
    /* Closing with bytes unread would reset the connection, and the peer could lose what was sent last: so they are read. */
    bool lingers = stream->linger && stream->watch && !stream->connecting && !stream->failed && limitLingering(stream);
    if (!lingers) {
        release(stream);
        return;
    }
    ringDrop(&stream->input, stream->input.used);
    if (!stream->ended)
        receive(stream);
    continueLingering(stream);
}

void streamAbort(Stream *stream)
{
    if (!stream)
        return;
    stream->closed = true;
    release(stream);
}
