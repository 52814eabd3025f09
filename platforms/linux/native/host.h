/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_HOST_H
#define TCAM_HOST_H

/*
 * What a native class of platforms/linux needs from the event loop it runs in.
 * Implemented by platforms/linux/xs (poll loop) and by platforms/linux/native/host-glib.c (the SDK's simulator, GMainLoop).
 * All functions but hostPostRing(), hostMicroseconds() and hostSpeed() are called from the XS thread only.
 */

#include <stdint.h>
#include "xsmc.h"

typedef struct HostWatch HostWatch;
typedef struct HostPost HostPost;

enum { kHostReadable = 1, kHostWritable = 2, kHostHangup = 4 };

typedef void (*HostWatchCallback)(xsMachine *the, int events, void *refcon);
typedef void (*HostPostCallback)(xsMachine *the, void *refcon);

/* Calls `callback` from the event loop while `fd` shows one of `events`. NULL when out of memory. */
HostWatch *hostWatch(xsMachine *the, int fd, int events, HostWatchCallback callback, void *refcon);
void hostWatchSetEvents(HostWatch *watch, int events);
/* Safe inside the watch's own callback. NULL is ignored. Does not close the descriptor. */
void hostUnwatch(HostWatch *watch);

/* A wake-up that any thread can ring: `callback` then runs once in the XS thread, however often it was rung before it ran. */
HostPost *hostPostNew(xsMachine *the, HostPostCallback callback, void *refcon);
void hostPostRing(HostPost *post); /* any thread */
void hostPostFree(HostPost *post); /* XS thread; a ring not yet delivered is dropped */

/* Monotonic time of the device in microseconds (scaled by --speed); any thread. The same base as Time.ticks, which is its milliseconds. */
uint64_t hostMicroseconds(void);
/* Device time runs this many times as fast as real time. */
double hostSpeed(void);

/* Ends the process after the current job: 0 ordinary end, kHostExitRestart: the board should start the firmware again. */
enum { kHostExitRestart = 75, kHostExitException = 70 };
void hostExit(xsMachine *the, int status);

#endif
