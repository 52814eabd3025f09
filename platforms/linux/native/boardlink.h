/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_BOARDLINK_H
#define TCAM_BOARDLINK_H

/*
 * Connections to the virtual board (docs/board-link.md). Every wait is bounded: a board that is gone or silent is an error.
 * No XS here: any thread may use a connection, one thread at a time.
 */

#include <stddef.h>
#include <stdint.h>

#include "board-protocol.h"

typedef enum {
    kBoardOk = 0,
    kBoardGone = -1,    /* the board has closed the connection */
    kBoardTimeout = -2, /* no answer within the time given */
    kBoardBroken = -3   /* what it sent cannot be understood */
} BoardStatus;

/* Longest wait for a synchronous answer, in milliseconds of real time. The board is one busy process, not a chip. */
enum { kBoardAnswerTimeout = 10000 };

/* What a status means, as a phrase for an error's message. */
const char *boardStatusText(BoardStatus status);

/*
 * Opens a connection to the board named by the environment variable TCAM_BOARD (a socket path), sends the opening line
 * (JSON without newline) and waits for the answer.
 * @param answer the answer line, 0-ended, without newline; kBoardLineMaximum bytes
 * @param error why it failed, 0-ended; `errorSize` bytes
 * @returns the non-blocking descriptor, or -1
 */
int boardOpen(const char *opening, char answer[kBoardLineMaximum], char *error, size_t errorSize);

/* Sends a message whose payload is `head` followed by `body` (either may be NULL with length 0). */
BoardStatus boardSend(int fd, uint8_t type, const void *head, size_t headLength, const void *body, size_t bodyLength, int timeout);

/* Sends bytes as they are. */
BoardStatus boardSendBytes(int fd, const void *bytes, size_t length, int timeout);

/* Waits for the next message's header. Its payload must be read next, by boardReceiveBytes(). */
BoardStatus boardReceiveHeader(int fd, BoardHeader *header, int timeout);

/* Waits for exactly `length` bytes. */
BoardStatus boardReceiveBytes(int fd, void *bytes, size_t length, int timeout);

#endif
