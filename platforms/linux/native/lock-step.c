/* SPDX-License-Identifier: Apache-2.0 */
#include "lock-step.h"
#include "grant.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { kReceiveBytes = 131072, kSerialRoom = 2048, kCountBytes = 4, kTimeBytes = 8 };

static const uint64_t kNoTimer = UINT64_MAX;

struct LockStepChannel {
    LockStepChannel *next;
    LockStepChannel *next_waiting;
    uint16_t number;
    bool waiting;     /* in the list of those that may have an event */
    bool dispatching; /* its callback runs */
    bool closed;      /* by its owner, while its callback runs */
    bool ended;
    bool fresh; /* input came that was not reported */
    size_t room;
    ByteQueue input;
    int events;
    RunnerWatchCallback callback;
    void *refcon;
};

static struct {
    bool active;
    bool ended;
    bool has_clock;
    bool virtual_network;
    int fd;
    uint16_t last_number;
    uint32_t taken; /* frames */
    uint64_t opened; /* the board's clock at the opening, less TCAM_UPTIME; modulo 2^64 */
    _Atomic uint64_t time; /* microseconds since then */
    ByteQueue received;
    bool granted; /* until the end of the grant this program moves its time by itself */
    Grant grant;
    LockStepChannel *channels;
    LockStepChannel *first_waiting;
    LockStepChannel *last_waiting;
} gLockStep;

bool lock_step_active(void)
{
    return gLockStep.active;
}

bool lock_step_virtual_network(void)
{
    return gLockStep.virtual_network;
}

int lock_step_descriptor(void)
{
    return gLockStep.fd;
}

uint64_t lock_step_microseconds(void)
{
    return atomic_load_explicit(&gLockStep.time, memory_order_relaxed);
}

uint64_t lock_step_since_opening(uint64_t board_microseconds)
{
    int64_t since = (int64_t)(board_microseconds - gLockStep.opened);
    return since > 0 ? (uint64_t)since : 0;
}

/* Channels with something to report */

static bool has_event(const LockStepChannel *channel)
{
    int events = channel->events;
    return (events & kRunnerReadable && (channel->fresh || channel->ended)) || (events & kRunnerWritable && (channel->room || channel->ended)) ||
           (events & kRunnerHangup && channel->ended);
}

static void note_event(LockStepChannel *channel)
{
    if (channel->waiting || !has_event(channel))
        return;
    channel->waiting = true;
    channel->next_waiting = NULL;
    if (gLockStep.first_waiting)
        gLockStep.last_waiting->next_waiting = channel;
    else
        gLockStep.first_waiting = channel;
    gLockStep.last_waiting = channel;
}

static LockStepChannel *next_event(void)
{
    LockStepChannel *channel;
    while ((channel = gLockStep.first_waiting)) {
        gLockStep.first_waiting = channel->next_waiting;
        channel->waiting = false;
        if (has_event(channel))
            return channel;
    }
    return NULL;
}

static void forget_event(LockStepChannel *channel)
{
    LockStepChannel **address = &gLockStep.first_waiting, *before = NULL;
    if (!channel->waiting)
        return;
    while (*address != channel) {
        before = *address;
        address = &before->next_waiting;
    }
    *address = channel->next_waiting;
    if (gLockStep.last_waiting == channel)
        gLockStep.last_waiting = before;
    channel->waiting = false;
}

static LockStepChannel *find_channel(uint16_t number)
{
    LockStepChannel *channel = gLockStep.channels;
    while (channel && channel->number != number)
        channel = channel->next;
    return channel;
}

/* Frames from the board */

static void end(void)
{
    gLockStep.ended = gLockStep.has_clock = true;
    for (LockStepChannel *channel = gLockStep.channels; channel; channel = channel->next) {
        channel->ended = true;
        note_event(channel);
    }
}

/* True if a whole frame has come. An invalid one ends the connection. */
static bool whole_frame(BoardFrame *frame)
{
    const ByteQueue *received = &gLockStep.received;
    BoardParse parse = gLockStep.ended ? kBoardIncomplete : board_parse_frame(byte_queue_bytes(received), received->count, frame);
    if (parse == kBoardInvalid)
        end();
    return parse == kBoardComplete && received->count - kBoardFrameBytes >= frame->length;
}

static void deliver(LockStepChannel *channel, bool taken)
{
    channel->ended = channel->ended || !taken;
    channel->fresh = true;
}

static void route(const BoardFrame *frame, const uint8_t *payload)
{
    LockStepChannel *channel = find_channel(frame->channel);
    if (!channel) /* closed by now */
        return;
    if (frame->kind == 'D')
        deliver(channel, byte_queue_append(&channel->input, payload, frame->length));
    else if (frame->kind == 'R' && frame->length == kCountBytes)
        channel->room += board_read32(payload);
    else if (frame->kind == 'C')
        channel->ended = true;
    note_event(channel);
}

/* Time does not go back: the board may have sent an earlier one while the program was ahead. */
static void set_time(uint64_t time)
{
    if (time > lock_step_microseconds())
        atomic_store_explicit(&gLockStep.time, time, memory_order_relaxed);
}

static void take_grant(const uint8_t *payload, size_t length)
{
    set_time(lock_step_since_opening(board_read64(payload)));
    gLockStep.granted = grant_open(&gLockStep.grant, payload + kTimeBytes, length - kTimeBytes);
}

static void take_frame(const BoardFrame *frame)
{
    const uint8_t *payload = byte_queue_bytes(&gLockStep.received) + kBoardFrameBytes;
    gLockStep.taken++;
    if (frame->channel)
        route(frame, payload);
    else if (frame->kind == 'T' && frame->length == kTimeBytes)
        set_time(lock_step_since_opening(board_read64(payload)));
    else if (frame->kind == 'G' && frame->length >= kTimeBytes)
        take_grant(payload, frame->length);
    byte_queue_drop(&gLockStep.received, kBoardFrameBytes + frame->length);
}

static void take_times(void)
{
    BoardFrame frame;
    while (whole_frame(&frame) && !frame.channel)
        take_frame(&frame);
}

/* Receives once. `wait`: until something comes. */
static void receive(bool wait)
{
    BoardFrame frame;
    size_t count = 0;
    uint8_t *room = byte_queue_reserve(&gLockStep.received, kReceiveBytes);
    BoardStatus status = room ? board_socket_receive(gLockStep.fd, room, kReceiveBytes, &count, wait) : kBoardGone;
    byte_queue_add(&gLockStep.received, count);
    if (status != kBoardOk && status != kBoardEmpty)
        end();
    else if (whole_frame(&frame))
        gLockStep.has_clock = true;
}

void lock_step_receive(void)
{
    receive(false);
    take_times();
}

bool lock_step_pending(void)
{
    BoardFrame frame;
    return gLockStep.first_waiting || whole_frame(&frame);
}

bool lock_step_ended(void)
{
    return gLockStep.ended && !gLockStep.first_waiting;
}

void lock_step_dispatch(xsMachine *the)
{
    BoardFrame frame;
    take_times();
    if (!gLockStep.first_waiting && whole_frame(&frame))
        take_frame(&frame);
    LockStepChannel *channel = next_event();
    if (!channel)
        return;
    int events = (channel->fresh || channel->ended ? kRunnerReadable : 0) | (channel->room || channel->ended ? kRunnerWritable : 0) |
                 (channel->ended ? kRunnerHangup : 0);
    channel->fresh = false;
    channel->dispatching = true;
    (*channel->callback)(the, events & channel->events, channel->refcon);
    channel->dispatching = false;
    if (channel->closed)
        lock_step_channel_close(channel);
    else
        note_event(channel);
}

bool lock_step_proceed(uint64_t timer)
{
    if (!gLockStep.granted)
        return false;
    uint64_t end = lock_step_since_opening(gLockStep.grant.end);
    uint64_t at = grant_next(&gLockStep.grant), frame = at == UINT64_MAX ? at : lock_step_since_opening(at);
    uint64_t time = timer < frame ? timer : frame;
    if (time >= end)
        return false;
    set_time(time);
    if (frame <= timer) {
        LockStepChannel *channel = find_channel(grant_channel(&gLockStep.grant));
        bool taken = grant_take(&gLockStep.grant, channel ? &channel->input : NULL);
        if (channel) {
            deliver(channel, taken);
            note_event(channel);
        }
    }
    return true;
}

/* Frames to the board. Anything sent ends the grant: the first part is reserved for the frame that says how far this program has come. */

enum { kAheadBytes = kBoardFrameBytes + kTimeBytes + kCountBytes };

static struct iovec end_grant(uint8_t bytes[kAheadBytes])
{
    if (!gLockStep.granted)
        return (struct iovec){bytes, 0};
    gLockStep.granted = false;
    board_write_frame(bytes, (BoardFrame){'T', 0, kTimeBytes + kCountBytes});
    board_write64(bytes + kBoardFrameBytes, gLockStep.opened + lock_step_microseconds());
    board_write32(bytes + kBoardFrameBytes + kTimeBytes, gLockStep.grant.taken);
    return (struct iovec){bytes, kAheadBytes};
}

/* The first of `parts` is free. */
static BoardStatus send_parts(struct iovec *parts, size_t count)
{
    uint8_t ahead[kAheadBytes];
    parts[0] = end_grant(ahead);
    BoardStatus status = gLockStep.ended ? kBoardGone : board_socket_send(gLockStep.fd, parts, count);
    if (status != kBoardOk)
        end();
    return status;
}

static BoardStatus send_frame(uint8_t kind, uint16_t channel, const void *payload, size_t length)
{
    uint8_t header[kBoardFrameBytes];
    struct iovec parts[] = {{NULL, 0}, {header, sizeof header}, {(void *)payload, length}};
    board_write_frame(header, (BoardFrame){kind, channel, (uint32_t)length});
    return send_parts(parts, 3);
}

enum { kIdleBytes = kBoardFrameBytes + kCountBytes + kTimeBytes };

static void write_idle(uint8_t bytes[kIdleBytes], uint64_t next)
{
    board_write_frame(bytes, (BoardFrame){'I', 0, kCountBytes + kTimeBytes});
    board_write32(bytes + kBoardFrameBytes, gLockStep.taken);
    board_write64(bytes + kBoardFrameBytes + kCountBytes, next == kNoTimer ? kNoTimer : gLockStep.opened + next);
}

void lock_step_end(void)
{
    struct iovec part;
    if (gLockStep.granted)
        send_parts(&part, 1);
}

void lock_step_idle(uint64_t next)
{
    uint8_t idle[kIdleBytes];
    struct iovec parts[] = {{NULL, 0}, {idle, sizeof idle}};
    if (!gLockStep.has_clock || gLockStep.ended)
        return;
    write_idle(idle, next);
    gLockStep.has_clock = false;
    send_parts(parts, 2);
}

void lock_step_claim(void)
{
    if (!gLockStep.has_clock)
        send_frame('W', 0, NULL, 0);
    while (!gLockStep.has_clock)
        receive(true);
    take_times();
}

void lock_step_log(const char *text, size_t length)
{
    send_frame('L', 0, text, length);
}

/* The engine's Math.random() is rand(). */
static void take_seed(const char *answer)
{
    BoardValue value;
    uint32_t seed;
    if (board_find_value(answer, strlen(answer), "seed", &value) && board_read_unsigned(value, &seed))
        srand(seed);
}

static bool says_virtual(const char *answer)
{
    char network[16];
    BoardValue value;
    if (!board_find_value(answer, strlen(answer), "network", &value))
        return false;
    board_copy_text(value, network, sizeof network);
    return !strcmp(network, "virtual");
}

/* Time of the program at its start, for tests of large times. */
static uint64_t uptime(void)
{
    const char *milliseconds = getenv("TCAM_UPTIME");
    return milliseconds ? 1000 * strtoull(milliseconds, NULL, 10) : 0;
}

bool lock_step_open(char *error, size_t size)
{
    char answer[kBoardLineMaximum];
    gLockStep.fd = board_socket_connect(error, size);
    if (gLockStep.fd < 0)
        return false;
    BoardStatus status = board_socket_open(gLockStep.fd, "{\"open\":\"lock-step\"}", answer);
    if (!board_accepted(status, answer, error, size))
        return false;
    take_seed(answer);
    gLockStep.virtual_network = says_virtual(answer);
    BoardFrame frame = {0, 0, 0};
    while (!gLockStep.ended && !whole_frame(&frame))
        receive(true);
    if (frame.kind != 'T' || frame.length != kTimeBytes) {
        snprintf(error, size, "%s", board_status_text(gLockStep.ended ? kBoardGone : kBoardBroken));
        return false;
    }
    gLockStep.opened = board_read64(byte_queue_bytes(&gLockStep.received) + kBoardFrameBytes) - uptime();
    gLockStep.active = true;
    take_times();
    return true;
}

/* Channels */

LockStepChannel *lock_step_channel_open(const char *opening)
{
    LockStepChannel *channel = calloc(1, sizeof *channel);
    if (!channel)
        return NULL;
    /* Numbers are reused as late as possible: frames for a closed channel may be on their way. */
    do
        gLockStep.last_number++;
    while (!gLockStep.last_number || find_channel(gLockStep.last_number));
    channel->number = gLockStep.last_number;
    channel->room = kSerialRoom;
    channel->next = gLockStep.channels;
    gLockStep.channels = channel;
    if (send_frame('O', channel->number, opening, strlen(opening)) != kBoardOk) {
        lock_step_channel_close(channel);
        return NULL;
    }
    return channel;
}

void lock_step_channel_close(LockStepChannel *channel)
{
    LockStepChannel **address = &gLockStep.channels;
    if (!channel->closed) {
        while (*address != channel)
            address = &(*address)->next;
        *address = channel->next;
        forget_event(channel);
        if (!channel->ended)
            send_frame('C', channel->number, NULL, 0);
        channel->closed = true;
    }
    if (channel->dispatching)
        return;
    byte_queue_free(&channel->input);
    free(channel);
}

ByteQueue *lock_step_channel_input(LockStepChannel *channel)
{
    return &channel->input;
}

bool lock_step_channel_ended(const LockStepChannel *channel)
{
    return channel->ended;
}

BoardStatus lock_step_channel_await(LockStepChannel *channel)
{
    size_t before = channel->input.count;
    BoardFrame frame;
    while (channel->input.count == before) {
        if (channel->ended)
            return kBoardGone;
        if (whole_frame(&frame))
            take_frame(&frame);
        else if (!lock_step_proceed(kNoTimer)) {
            lock_step_idle(kNoTimer);
            receive(true);
        }
    }
    return kBoardOk;
}

BoardStatus lock_step_channel_send(LockStepChannel *channel, const struct iovec *given, size_t count, bool awaited)
{
    uint8_t header[kBoardFrameBytes], idle[kIdleBytes];
    struct iovec parts[kLockStepParts + 3] = {{NULL, 0}, {header, sizeof header}};
    size_t length = 0;
    if (channel->ended)
        return kBoardGone;
    for (size_t i = 0; i < count; i++) {
        parts[i + 2] = given[i];
        length += given[i].iov_len;
    }
    board_write_frame(header, (BoardFrame){'D', channel->number, (uint32_t)length});
    channel->room -= length < channel->room ? length : channel->room;
    if (awaited && gLockStep.has_clock && !lock_step_pending()) {
        write_idle(idle, kNoTimer);
        parts[count + 2] = (struct iovec){idle, sizeof idle};
        count++;
        gLockStep.has_clock = false;
    }
    return send_parts(parts, count + 2);
}

size_t lock_step_channel_room(const LockStepChannel *channel)
{
    return channel->room;
}

void lock_step_channel_watch(LockStepChannel *channel, int events, RunnerWatchCallback callback, void *refcon)
{
    if (events & ~channel->events & kRunnerReadable)
        channel->fresh = channel->input.count != 0;
    channel->events = events;
    channel->callback = callback;
    channel->refcon = refcon;
    note_event(channel);
}
