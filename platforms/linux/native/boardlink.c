/* SPDX-License-Identifier: Apache-2.0 */
#include "boardlink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

const char *boardStatusText(BoardStatus status)
{
    switch (status) {
    case kBoardOk:
        return "no error";
    case kBoardGone:
        return "the board is gone";
    case kBoardTimeout:
        return "the board does not answer";
    case kBoardBroken:
        return "the board's answer cannot be understood";
    }
    return "unknown";
}

static int64_t milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits until `fd` shows one of `events`, at most until `deadline`. */
static BoardStatus await(int fd, short events, int64_t deadline)
{
    for (;;) {
        int64_t left = deadline - milliseconds();
        struct pollfd poller = {.fd = fd, .events = events};
        int count = poll(&poller, 1, left > 0 ? (int)left : 0);
        if (count > 0)
            return kBoardOk;
        if (count == 0)
            return kBoardTimeout;
        if (errno != EINTR)
            return kBoardGone;
    }
}

/* A failed send() or recv() is no end while it is only a wait. */
static BoardStatus retry(int fd, short events, int64_t deadline)
{
    if (errno == EINTR)
        return kBoardOk;
    return errno == EAGAIN || errno == EWOULDBLOCK ? await(fd, events, deadline) : kBoardGone;
}

static BoardStatus sendVector(int fd, struct iovec *parts, size_t count, int timeout)
{
    int64_t deadline = milliseconds() + timeout;
    while (count) {
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
        ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);
        if (sent < 0) {
            BoardStatus status = retry(fd, POLLOUT, deadline);
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

BoardStatus boardSend(int fd, uint8_t type, const void *head, size_t headLength, const void *body, size_t bodyLength, int timeout)
{
    uint8_t header[kBoardHeaderBytes];
    if (headLength + bodyLength > kBoardPayloadMaximum)
        return kBoardBroken;
    boardWriteHeader(header, (BoardHeader){type, (uint32_t)(headLength + bodyLength)});
    struct iovec parts[] = {{header, sizeof header}, {(void *)head, headLength}, {(void *)body, bodyLength}};
    return sendVector(fd, parts, 3, timeout);
}

BoardStatus boardSendBytes(int fd, const void *bytes, size_t length, int timeout)
{
    struct iovec part = {(void *)bytes, length};
    return sendVector(fd, &part, 1, timeout);
}

BoardStatus boardReceiveBytes(int fd, void *bytes, size_t length, int timeout)
{
    int64_t deadline = milliseconds() + timeout;
    uint8_t *at = bytes;
    while (length) {
        ssize_t received = recv(fd, at, length, 0);
        if (received == 0)
            return kBoardGone;
        if (received < 0) {
            BoardStatus status = retry(fd, POLLIN, deadline);
            if (status != kBoardOk)
                return status;
            continue;
        }
        at += received;
        length -= (size_t)received;
    }
    return kBoardOk;
}

BoardStatus boardReceiveHeader(int fd, BoardHeader *header, int timeout)
{
    uint8_t bytes[kBoardHeaderBytes];
    BoardStatus status = boardReceiveBytes(fd, bytes, sizeof bytes, timeout);
    if (status != kBoardOk)
        return status;
    return boardParseHeader(bytes, sizeof bytes, header) == kBoardComplete ? kBoardOk : kBoardBroken;
}

/* Takes the answer line byte by byte: what comes behind it belongs to whoever uses the connection. */
static BoardStatus receiveLine(int fd, char line[kBoardLineMaximum], int timeout)
{
    int64_t deadline = milliseconds() + timeout;
    for (size_t length = 0; length < kBoardLineMaximum; length++) {
        int64_t left = deadline - milliseconds();
        BoardStatus status = boardReceiveBytes(fd, line + length, 1, left > 0 ? (int)left : 0);
        if (status != kBoardOk)
            return status;
        if (line[length] == '\n') {
            line[length] = 0;
            return kBoardOk;
        }
    }
    return kBoardBroken;
}

static int connectBoard(char *error, size_t errorSize)
{
    const char *path = getenv("TCAM_BOARD");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!path || !*path) {
        snprintf(error, errorSize, "no board: TCAM_BOARD is not set");
        return -1;
    }
    if (strlen(path) >= sizeof address.sun_path) {
        snprintf(error, errorSize, "the board's address is too long");
        return -1;
    }
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    /* Connecting to a local socket waits only for a place in the listener's queue. */
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) {
        snprintf(error, errorSize, "cannot reach the board: %s", strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    return fd;
}

static BoardStatus exchangeOpening(int fd, const char *opening, char answer[kBoardLineMaximum])
{
    if (strlen(opening) >= kBoardLineMaximum)
        return kBoardBroken;
    struct iovec parts[] = {{(void *)opening, strlen(opening)}, {(void *)"\n", 1}};
    BoardStatus status = sendVector(fd, parts, 2, kBoardAnswerTimeout);
    return status == kBoardOk ? receiveLine(fd, answer, kBoardAnswerTimeout) : status;
}

int boardOpen(const char *opening, char answer[kBoardLineMaximum], char *error, size_t errorSize)
{
    int fd = connectBoard(error, errorSize);
    if (fd < 0)
        return -1;
    BoardStatus status = exchangeOpening(fd, opening, answer);
    BoardValue ok = {kBoardNothing, NULL, 0}, reason = ok;
    if (status == kBoardOk &&
        (!boardFindValue(answer, strlen(answer), "ok", &ok) || !boardFindValue(answer, strlen(answer), "error", &reason)))
        status = kBoardBroken;
    if (status == kBoardOk && ok.kind == kBoardTrue)
        return fd;
    if (status != kBoardOk)
        snprintf(error, errorSize, "%s", boardStatusText(status));
    else if (reason.kind == kBoardText)
        boardCopyText(reason, error, errorSize);
    else
        snprintf(error, errorSize, "the board refused");
    close(fd);
    return -1;
}
