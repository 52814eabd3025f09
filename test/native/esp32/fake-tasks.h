/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_TASKS_H
#define FAKE_TASKS_H

/*
 * FreeRTOS in the time of fake-timer.h: tasks, notifications, semaphores, queues and stream buffers. One task runs at a time, until it
 * waits. The test is the task of lowest priority: when it waits, the others run; when all wait, time advances.
 */

#include <stddef.h>
#include <stdint.h>

/* Tasks that have not ended. */
size_t fake_task_count(void);

/* Runs the tasks until all wait. */
void fake_run_tasks(void);

/* Runs the tasks for this time. */
void fake_advance(int64_t microseconds);

/* Waits, like a driver in a task, until `done` (NULL: never) returns true or the time is reached. */
void fake_wait(int (*done)(void *), void *context, int64_t until);

#endif
