/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_BOARD_CONNECTION_H
#define TCAM_BOARD_CONNECTION_H

/*
 * A peripheral's channel to the virtual board (docs/board-link.md): a connection of its own, or one of lock-step's channels.
 * A board that is gone is an error. Waits for it have no limit: a board that this computer has stopped is slow. XS thread only.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "board-protocol.h"
#include "board-socket.h"
#include "runner.h"

typedef struct BoardConnection BoardConnection;

/*
 * Sends the opening line (JSON without newline) to the board and waits for the answer.
 * @param answer the answer line, 0-ended, without newline
 * @returns NULL when it fails; then `error` says why
 */
BoardConnection *board_open(const char *opening, char answer[kBoardLineMaximum], char *error, size_t size);
/* Ignores NULL. Allowed in the watch's own callback. */
void board_close(BoardConnection *connection);

/*
 * Calls `callback` from the event loop while the connection has one of `events` (of runner.h). Called again it changes `events`; callback
 * and refcon stay those of the first call. False when out of memory.
 */
bool board_watch(xsMachine *the, BoardConnection *connection, int events, RunnerWatchCallback callback, void *refcon);

/* Sends a message whose payload is `head` followed by `body` (each may be NULL with length 0). */
BoardStatus board_send(BoardConnection *connection, uint8_t type, const void *head, size_t head_length, const void *body, size_t body_length);
/* The same; the caller waits for the answer by board_await(). */
BoardStatus board_request(BoardConnection *connection, uint8_t type, const void *head, size_t head_length, const void *body, size_t body_length);
/* Sends bytes as they are. */
BoardStatus board_send_bytes(BoardConnection *connection, const void *bytes, size_t length);

/* For raw bytes: as recv() and send() on a non-blocking socket. A serial port takes only what the wire has room for. */
ssize_t board_read_some(BoardConnection *connection, void *bytes, size_t size);
ssize_t board_write_some(BoardConnection *connection, const void *bytes, size_t size);

/* Bytes that an own connection holds are written and not sent yet: as few as the system allows, about `bytes`. */
void board_limit_sending(BoardConnection *connection, int bytes);

/* Takes what has come into the input, without waiting. */
BoardStatus board_receive(BoardConnection *connection);
/* Waits until there is more input. */
BoardStatus board_await(BoardConnection *connection);

/* The input, contiguous. Invalid after the next call that receives. */
const uint8_t *board_input(BoardConnection *connection, size_t *count);
/* The message at the start of the input; its payload is in the input. */
BoardParse board_message(BoardConnection *connection, BoardHeader *header, const uint8_t **payload);
/* Drops bytes from the start of the input; a message has kBoardHeaderBytes more than its payload. */
void board_drop(BoardConnection *connection, size_t count);

#endif
