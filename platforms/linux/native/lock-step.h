/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_LOCK_STEP_H
#define TCAM_LOCK_STEP_H

/*
 * Lock-step with the board (docs/board-link.md): one connection for all channels, and the board's clock as this program's only one.
 * XS thread only, but for lock_step_microseconds().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "board-socket.h"
#include "byte-queue.h"
#include "runner.h"

/* Opens the connection and waits for the board's time. False: `error` says why. */
bool lock_step_open(char *error, size_t size);

/* True after lock_step_open(). */
bool lock_step_active(void);

/* True if the board carries TCP and UDP: it says so at the opening. */
bool lock_step_virtual_network(void);

/* Board microseconds since the opening. */
uint64_t lock_step_microseconds(void);
/* A moment on the board's own clock as such a time. */
uint64_t lock_step_since_opening(uint64_t board_microseconds);

/* For the event loop. */

int lock_step_descriptor(void);
/* True if lock_step_dispatch() has an event to deliver. */
bool lock_step_pending(void);
/* True when the board has closed the connection and everything it sent was delivered. */
bool lock_step_ended(void);
/* Takes what has come, without waiting. */
void lock_step_receive(void);
/* Asks for the clock and waits for it; returns at once if it is here. */
void lock_step_claim(void);
/*
 * Within a grant: moves time to the next of `timer` and the frames that the board has sent in advance, and takes the frame if that is it.
 * False when nothing comes before the end of the grant, or without one.
 */
bool lock_step_proceed(uint64_t timer);
/* Gives the clock to the board; the next timer is due at `next` (lock_step_microseconds(), or UINT64_MAX). */
void lock_step_idle(uint64_t next);
/* Before the program ends in the middle of something: says how far it has come. */
void lock_step_end(void);
/* Delivers one event. */
void lock_step_dispatch(xsMachine *the);
/* Prints on the board's journal. */
void lock_step_log(const char *text, size_t length);

/* For board-connection.c. */

typedef struct LockStepChannel LockStepChannel;

/* Sends the opening; the answer line comes as input. NULL when out of memory or when the board is gone. */
LockStepChannel *lock_step_channel_open(const char *opening);
void lock_step_channel_close(LockStepChannel *channel);
/* Bytes received and not yet used. */
ByteQueue *lock_step_channel_input(LockStepChannel *channel);
/* True if no more input will come. */
bool lock_step_channel_ended(const LockStepChannel *channel);
/* Waits until there is more input. Board time moves on meanwhile, but no timer of this program runs. */
BoardStatus lock_step_channel_await(LockStepChannel *channel);
/* Sends `parts` (not more than kLockStepParts). `awaited`: the next call is lock_step_channel_await(). */
enum { kLockStepParts = 3 };
BoardStatus lock_step_channel_send(LockStepChannel *channel, const struct iovec *parts, size_t count, bool awaited);
/* Bytes the board has room for: of a serial port. */
size_t lock_step_channel_room(const LockStepChannel *channel);
/* Has `callback` called while the channel has one of `events`. */
void lock_step_channel_watch(LockStepChannel *channel, int events, RunnerWatchCallback callback, void *refcon);

#endif
