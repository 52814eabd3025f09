/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_BOARD_SOCKET_H
#define TCAM_BOARD_SOCKET_H

/*
 * The board's socket: connecting, sending and receiving. Waits have no limit: a board that this computer has stopped is slow. Any thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#include "board-protocol.h"

typedef enum BoardStatus {
    kBoardOk = 0,
    kBoardGone = -1,   /* the board has closed the connection */
    kBoardEmpty = -2,  /* nothing has come, and the caller does not wait */
    kBoardBroken = -3  /* what it sent is invalid */
} BoardStatus;

/* What a status means, as a phrase for an error's message. */
const char *board_status_text(BoardStatus status);

/* Connects to the path in the environment variable TCAM_BOARD. The descriptor is non-blocking. -1: `error` says why. */
int board_socket_connect(char *error, size_t size);

/* Sends the opening line and waits for the answer line, which gets 0 in place of its newline. */
BoardStatus board_socket_open(int fd, const char *opening, char answer[kBoardLineMaximum]);

/* True if the opening was accepted; else `error` says why not. */
bool board_accepted(BoardStatus status, const char *answer, char *error, size_t size);

/* Sends everything. Changes `parts`. */
BoardStatus board_socket_send(int fd, struct iovec *parts, size_t count);

/* Receives 1 to `size` bytes into `bytes`; `received` is how many. */
BoardStatus board_socket_receive(int fd, void *bytes, size_t size, size_t *received, bool wait);

#endif
