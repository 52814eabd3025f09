/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_RUNNER_H
#define TCAM_RUNNER_H

/*
 * The event loop that native classes of Linux run in.
 * Implemented by the engine runner (platforms/linux/xs, a poll loop) and by runner-glib.c (the SDK's simulator, GMainLoop).
 * Only runner_notifier_post() and runner_microseconds() may be called from other threads than the XS thread.
 */

#include <stdint.h>
#include "xsmc.h"

typedef struct RunnerWatch RunnerWatch;
typedef struct RunnerNotifier RunnerNotifier;

enum { kRunnerReadable = 1, kRunnerWritable = 2, kRunnerHangup = 4 };

typedef void (*RunnerWatchCallback)(xsMachine *the, int events, void *refcon);
typedef void (*RunnerNotifierCallback)(xsMachine *the, void *refcon);

/* Calls `callback` from the event loop while `fd` has one of `events`. NULL when out of memory. */
RunnerWatch *runner_watch(xsMachine *the, int fd, int events, RunnerWatchCallback callback, void *refcon);
void runner_watch_set_events(RunnerWatch *watch, int events);
/* Allowed in the watch's own callback. Ignores NULL. Does not close the descriptor. */
void runner_unwatch(RunnerWatch *watch);

/* Posts from any thread to the XS thread: `callback` runs once there, however often it was posted before it ran. */
RunnerNotifier *runner_notifier_new(xsMachine *the, RunnerNotifierCallback callback, void *refcon);
void runner_notifier_post(RunnerNotifier *notifier);
/* Drops a post that was not delivered. Ignores NULL. */
void runner_notifier_free(RunnerNotifier *notifier);

/* A timer of native code: calls `callback` once at `at` (runner_microseconds(); UINT64_MAX: not at all). Allowed in the callback. */
typedef struct RunnerTimer RunnerTimer;
typedef void (*RunnerTimerCallback)(xsMachine *the, void *refcon);
RunnerTimer *runner_timer_new(xsMachine *the, RunnerTimerCallback callback, void *refcon);
void runner_timer_set(RunnerTimer *timer, uint64_t at);
/* Not in the callback. Ignores NULL. */
void runner_timer_free(RunnerTimer *timer);

/* Monotonic microseconds; Time.ticks is the same clock in milliseconds. */
uint64_t runner_microseconds(void);

/* Ends the process after the current job. 0: in order; kRunnerExitRestart: the board starts the firmware again. */
enum { kRunnerExitRestart = 75, kRunnerExitException = 70 };
void runner_exit(xsMachine *the, int status);

#endif
