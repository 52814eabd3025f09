/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VOSPI_CAPTURE_H
#define VOSPI_CAPTURE_H

/* How packets get in: a thread that waits for VSYNC, reads packets from the bus and asks the reader what to do next. */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "xsmc.h"
#include "vospi-reader.h"

typedef struct VospiPins {
    int clock;
    int in;
    int select;
    int vsync;
    int port; /* SPI controller, where the platform has several */
    int hz;
} VospiPins;

typedef struct VospiBus VospiBus;

/* Beside the reader's events: the pause asked for has begun. */
enum { kVospiEventPaused = 16 };

enum {
    /* Longest time from the request to the begin of a pause: a frame and the empty segments take 114 ms. */
    kVospiPauseMicroseconds = 140000,
    /* A VSYNC whose time is more than a period and this after that of the one before is not trusted: see is_punctual(). */
    kVospiLateMicroseconds = 300,
    /*
     * End of the quiet window, from VSYNC on: no program operation of the flash begins later. One takes 0.7 ms for a page, 3 ms at most,
     * so the next transfer begins at the latest when a segment can still be read (4.2 ms of its period at 16 MHz).
     */
    kVospiQuietMicroseconds = 8200,
};

/* Brings kVospiEvent bits to the XS thread. */
typedef void (*VospiDeliver)(xsMachine *the, void *refcon, uint32_t events);

/* In memory from vospi_allocate_atomic(). */
typedef struct VospiCapture {
    VospiReader *reader;
    VospiDeliver deliver;
    void *refcon;
    VospiBus *bus;
    uint32_t run;              /* XS thread: number of the latest run */
    uint32_t current;          /* capture thread: number of the run being captured */
    _Atomic uint32_t request;  /* to the capture thread: run << 1 | running, or the request to end */
    _Atomic uint32_t mailbox;  /* to the XS thread: run << 8 | event bits; at most one message under way */
    _Atomic uint32_t pause;    /* to the capture thread: changes with each pause and resume, odd: a pause is wanted */
    _Atomic uint32_t paused;   /* to the XS thread: `pause` of the latest pause that began */
    /* Capture thread. */
    uint32_t pause_seen;       /* `pause` when it was last looked at */
    uint64_t pause_pulse;      /* microseconds of the first VSYNC after a pause was asked for; 0: none yet */
    uint64_t previous;         /* microseconds of the previous VSYNC; 0: none since the last resync */
} VospiCapture;

/* XS thread. */

/*
 * Claims the pins and starts the thread, idle. From here on `reader` belongs to the thread.
 * False when it fails; then `error` (`size` bytes) says why.
 */
bool vospi_capture_open(VospiCapture *capture, xsMachine *the, const VospiPins *pins, VospiReader *reader, VospiDeliver deliver, void *refcon, char *error,
                        size_t size);

/* Neither waits for the thread. After stop no event of the run before is delivered. */
void vospi_capture_start(VospiCapture *capture);
void vospi_capture_stop(VospiCapture *capture);

/*
 * A pause: the bus is idle from the end of the frame being received, at most kVospiPauseMicroseconds after the request, until resume, and
 * then for what is left of a resync. kVospiEventPaused announces its begin in a run; then vospi_capture_is_paused() is true. A run that is
 * started meanwhile begins after it.
 */
void vospi_capture_pause(VospiCapture *capture);
void vospi_capture_resume(VospiCapture *capture);
bool vospi_capture_is_paused(const VospiCapture *capture);

/* Ends the thread and frees the pins: afterwards `capture`, `reader` and what it uses may be freed, and nothing is delivered. */
void vospi_capture_close(VospiCapture *capture);

/* For vospi-bus.c of the platform. */

/* Asks the thread to return from vospi_capture_loop(). */
void vospi_capture_end(VospiCapture *capture);

/* XS thread: delivers what vospi_bus_notify() announced. */
void vospi_capture_deliver(xsMachine *the, VospiCapture *capture);

/* Capture thread: its body. */
void vospi_capture_loop(VospiCapture *capture);

/* Capture thread: true when a wait is to end: the run is over, or a pause was asked for. */
bool vospi_capture_interrupted(VospiCapture *capture);

#endif
