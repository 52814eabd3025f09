/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_TASKS_H
#define FAKE_TASKS_H

/*
 * FreeRTOS in the time of fake-timer.h: tasks, notifications, semaphores, queues and stream buffers. One task runs at a time, until it
 * waits; the test is the lowest one. When the test waits, the others run, and when all wait, time passes.
 */

#include <stdint.h>

/* Runs the tasks until all of them wait. */
void fake_run_tasks(void);

/* The same, while this much time passes. */
void fake_advance(int64_t microseconds);

/* Waits, as a driver in a task does, until `done` (NULL: never) returns true or the time has come. */
void fake_wait(int (*done)(void *), void *context, int64_t until);

#endif
