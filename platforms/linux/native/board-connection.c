/* SPDX-License-Identifier: Apache-2.0 */
#include "board-connection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "byte-queue.h"
#include "lock-step.h"

enum { kReceiveBytes = 4096 };

struct BoardConnection {
    LockStepChannel *channel; /* in lock-step, else NULL */
    int fd;                   /* its own connection, else -1 */
    RunnerWatch *watch;
    ByteQueue own_input;
};

static ByteQueue *input_of(BoardConnection *connection)
{
    return connection->channel ? lock_step_channel_input(connection->channel) : &connection->own_input;
}

static BoardStatus await_line(BoardConnection *connection, char line[kBoardLineMaximum])
{
    for (;;) {
        size_t count, length;
        const uint8_t *input = board_input(connection, &count);
        BoardParse parse = board_parse_line(input, count, kBoardLineMaximum, &length);
        if (parse == kBoardInvalid)
            return kBoardBroken;
        if (parse == kBoardComplete) {
            memcpy(line, input, length);
            line[length] = 0;
            board_drop(connection, length + 1);
            return kBoardOk;
        }
        BoardStatus status = board_await(connection);
        if (status != kBoardOk)
            return status;
    }
}

static BoardStatus open_channel(BoardConnection *connection, const char *opening, char answer[kBoardLineMaximum])
{
    connection->channel = lock_step_channel_open(opening);
    return connection->channel ? await_line(connection, answer) : kBoardGone;
}

BoardConnection *board_open(const char *opening, char answer[kBoardLineMaximum], char *error, size_t size)
{
    BoardConnection *connection = calloc(1, sizeof *connection);
    if (!connection) {
        snprintf(error, size, "no memory");
        return NULL;
    }
    connection->fd = lock_step_active() ? -1 : board_socket_connect(error, size);
    if (connection->fd >= 0 || lock_step_active()) {
        BoardStatus status =
            lock_step_active() ? open_channel(connection, opening, answer) : board_socket_open(connection->fd, opening, answer);
        if (board_accepted(status, answer, error, size))
            return connection;
    }
    board_close(connection);
    return NULL;
}

void board_close(BoardConnection *connection)
{
    if (!connection)
        return;
    runner_unwatch(connection->watch);
    if (connection->channel)
        lock_step_channel_close(connection->channel);
    if (connection->fd >= 0)
        close(connection->fd);
    byte_queue_free(&connection->own_input);
    free(connection);
}

bool board_watch(xsMachine *the, BoardConnection *connection, int events, RunnerWatchCallback callback, void *refcon)
{
    if (connection->channel) {
        lock_step_channel_watch(connection->channel, events, callback, refcon);
        return true;
    }
    if (connection->watch)
        runner_watch_set_events(connection->watch, events);
    else
        connection->watch = runner_watch(the, connection->fd, events, callback, refcon);
    return connection->watch != NULL;
}

static BoardStatus send_parts(BoardConnection *connection, struct iovec *parts, size_t count, bool awaited)
{
    if (connection->channel)
        return lock_step_channel_send(connection->channel, parts, count, awaited);
    return board_socket_send(connection->fd, parts, count);
}

static BoardStatus send_message(BoardConnection *connection, bool awaited, uint8_t type, struct iovec head, struct iovec body)
{
    uint8_t header[kBoardHeaderBytes];
    struct iovec parts[] = {{header, sizeof header}, head, body};
    if (head.iov_len + body.iov_len > kBoardPayloadMaximum)
        return kBoardBroken;
    board_write_header(header, (BoardHeader){type, (uint32_t)(head.iov_len + body.iov_len)});
    return send_parts(connection, parts, 3, awaited);
}

BoardStatus board_send(BoardConnection *connection, uint8_t type, const void *head, size_t head_length, const void *body, size_t body_length)
{
    return send_message(connection, false, type, (struct iovec){(void *)head, head_length}, (struct iovec){(void *)body, body_length});
}

BoardStatus board_request(BoardConnection *connection, uint8_t type, const void *head, size_t head_length, const void *body, size_t body_length)
{
    return send_message(connection, true, type, (struct iovec){(void *)head, head_length}, (struct iovec){(void *)body, body_length});
}

BoardStatus board_send_bytes(BoardConnection *connection, const void *bytes, size_t length)
{
    struct iovec part = {(void *)bytes, length};
    return send_parts(connection, &part, 1, false);
}

static BoardStatus receive(BoardConnection *connection, bool wait)
{
    size_t count = 0;
    uint8_t *room = byte_queue_reserve(&connection->own_input, kReceiveBytes);
    BoardStatus status = room ? board_socket_receive(connection->fd, room, kReceiveBytes, &count, wait) : kBoardGone;
    byte_queue_add(&connection->own_input, count);
    return status;
}

BoardStatus board_receive(BoardConnection *connection)
{
    if (connection->channel)
        return lock_step_channel_ended(connection->channel) ? kBoardGone : kBoardOk;
    BoardStatus status = receive(connection, false);
    return status == kBoardEmpty ? kBoardOk : status;
}

BoardStatus board_await(BoardConnection *connection)
{
    return connection->channel ? lock_step_channel_await(connection->channel) : receive(connection, true);
}

const uint8_t *board_input(BoardConnection *connection, size_t *count)
{
    ByteQueue *input = input_of(connection);
    *count = input->count;
    return byte_queue_bytes(input);
}

BoardParse board_message(BoardConnection *connection, BoardHeader *header, const uint8_t **payload)
{
    size_t count;
    const uint8_t *input = board_input(connection, &count);
    BoardParse parse = board_parse_header(input, count, header);
    *payload = input + kBoardHeaderBytes;
    return parse == kBoardComplete && count - kBoardHeaderBytes < header->length ? kBoardIncomplete : parse;
}

void board_drop(BoardConnection *connection, size_t count)
{
    byte_queue_drop(input_of(connection), count);
}

ssize_t board_read_some(BoardConnection *connection, void *bytes, size_t size)
{
    size_t count;
    if (!connection->channel)
        return recv(connection->fd, bytes, size, 0);
    const uint8_t *input = board_input(connection, &count);
    if (!count && lock_step_channel_ended(connection->channel))
        return 0;
    if (!count) {
        errno = EAGAIN;
        return -1;
    }
    count = count < size ? count : size;
    memcpy(bytes, input, count);
    board_drop(connection, count);
    return (ssize_t)count;
}

ssize_t board_write_some(BoardConnection *connection, const void *bytes, size_t size)
{
    if (!connection->channel)
        return send(connection->fd, bytes, size, MSG_NOSIGNAL);
    size_t room = lock_step_channel_room(connection->channel);
    if (!room) {
        errno = EAGAIN;
        return -1;
    }
    size = size < room ? size : room;
    if (board_send_bytes(connection, bytes, size) == kBoardOk)
        return (ssize_t)size;
    errno = EPIPE;
    return -1;
}

void board_limit_sending(BoardConnection *connection, int bytes)
{
    if (connection->fd >= 0)
        setsockopt(connection->fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}
