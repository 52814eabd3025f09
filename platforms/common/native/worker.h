/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_WORKER_H
#define TCAM_WORKER_H

/*
 * Long computations of native code, one at a time, beside the XS thread: esp32/native/worker.c has a task of low priority for them. On
 * Linux (linux/native/worker.c) a job is an event of the loop, so that a program in lock-step with the board runs in one order.
 */

#include "xsmc.h"

typedef struct Worker Worker;

/*
 * For jobs of one kind: `work` runs beside XS, which it must not call; then `done` in the XS thread, from the event loop. NULL when out
 * of memory.
 */
Worker *worker_new(xsMachine *the, void (*work)(void *refcon), void (*done)(xsMachine *the, void *refcon), void *refcon);

/* Starts a job. The previous one is done; `done` may call this. */
void worker_start(Worker *worker);

/* Waits for a job under way, whose `done` is not called. Allowed in `done`. */
void worker_free(Worker *worker);

#endif
