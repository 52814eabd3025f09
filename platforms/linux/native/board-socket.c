/* SPDX-License-Identifier: Apache-2.0 */
#include "board-socket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

const char *board_status_text(BoardStatus status)
{
    switch (status) {
    case kBoardOk:
        return "no error";
    case kBoardGone:
        return "the board is gone";
    case kBoardEmpty:
        return "the board has sent nothing";
    case kBoardBroken:
        return "the board's answer cannot be understood";
    }
    return "unknown";
}

/* After a failed sendmsg() or recv(): waits until `fd` has one of `events`. kBoardOk when it can be tried again. */
static BoardStatus retry(int fd, short events)
{
    struct pollfd polled = {.fd = fd, .events = events};
    if ((errno == EAGAIN || errno == EWOULDBLOCK) && poll(&polled, 1, -1) >= 0)
        return kBoardOk;
    return errno == EINTR ? kBoardOk : kBoardGone;
}

BoardStatus board_socket_send(int fd, struct iovec *parts, size_t count)
{
    while (count) {
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
        ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);
        if (sent < 0) {
            BoardStatus status = retry(fd, POLLOUT);
            if (status != kBoardOk)
                return status;
            continue;
        }
        while (count && (size_t)sent >= parts->iov_len) {
            sent -= (ssize_t)parts->iov_len;
            parts++;
            count--;
        }
        if (count) {
            parts->iov_base = (uint8_t *)parts->iov_base + sent;
            parts->iov_len -= (size_t)sent;
        }
    }
    return kBoardOk;
}

BoardStatus board_socket_receive(int fd, void *bytes, size_t size, size_t *received, bool wait)
{
    for (;;) {
        ssize_t count = recv(fd, bytes, size, 0);
        if (count > 0) {
            *received = (size_t)count;
            return kBoardOk;
        }
        if (count == 0)
            return kBoardGone;
        if (!wait && (errno == EAGAIN || errno == EWOULDBLOCK))
            return kBoardEmpty;
        BoardStatus status = retry(fd, POLLIN);
        if (status != kBoardOk)
            return status;
    }
}

int board_socket_connect(char *error, size_t size)
{
    const char *path = getenv("TCAM_BOARD");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!path || !*path) {
        snprintf(error, size, "no board: TCAM_BOARD is not set");
        return -1;
    }
    if (strlen(path) >= sizeof address.sun_path) {
        snprintf(error, size, "the board's address is too long");
        return -1;
    }
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    /* Connecting to a local socket waits only for a place in the listener's queue. */
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) {
        snprintf(error, size, "cannot reach the board: %s", strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    return fd;
}

/* Byte by byte: what follows the line belongs to the user of the connection. */
static BoardStatus receive_line(int fd, char line[kBoardLineMaximum])
{
    for (size_t length = 0; length < kBoardLineMaximum; length++) {
        size_t received;
        BoardStatus status = board_socket_receive(fd, line + length, 1, &received, true);
        if (status != kBoardOk)
            return status;
        if (line[length] == '\n') {
            line[length] = 0;
            return kBoardOk;
        }
    }
    return kBoardBroken;
}

BoardStatus board_socket_open(int fd, const char *opening, char answer[kBoardLineMaximum])
{
    if (strlen(opening) >= kBoardLineMaximum)
        return kBoardBroken;
    struct iovec parts[] = {{(void *)opening, strlen(opening)}, {(void *)"\n", 1}};
    BoardStatus status = board_socket_send(fd, parts, 2);
    return status == kBoardOk ? receive_line(fd, answer) : status;
}

bool board_accepted(BoardStatus status, const char *answer, char *error, size_t size)
{
    BoardValue ok = {kBoardNothing, NULL, 0}, reason = ok;
    if (status == kBoardOk && (!board_find_value(answer, strlen(answer), "ok", &ok) || !board_find_value(answer, strlen(answer), "error", &reason)))
        status = kBoardBroken;
    if (status == kBoardOk && ok.kind == kBoardTrue)
        return true;
    if (status != kBoardOk)
        snprintf(error, size, "%s", board_status_text(status));
    else if (reason.kind == kBoardText)
        board_copy_text(reason, error, size);
    else
        snprintf(error, size, "the board refused");
    return false;
}
