/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VOSPI_CAPTURE_H
#define VOSPI_CAPTURE_H

/*
 * How packets get in: a thread that waits for VSYNC, moves bytes and asks the reader what to do next.
 * One implementation per platform, in esp32/ and linux/. All functions are called from the XS thread.
 */

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

typedef struct VospiCapture VospiCapture;

/* Brings kVospiEvent bits to the XS thread. */
typedef void (*VospiDeliver)(xsMachine *the, void *refcon, uint32_t events);

/*
 * Claims the pins and starts the thread, idle. From here on `reader` belongs to the thread.
 * NULL when it fails; then `error` (`size` bytes) says why.
 */
VospiCapture *vospi_capture_open(xsMachine *the, const VospiPins *pins, VospiReader *reader, VospiDeliver deliver, void *refcon, char *error, size_t size);

/* Neither waits for the thread. After stop no event of the run before is delivered. */
void vospi_capture_start(VospiCapture *capture);
void vospi_capture_stop(VospiCapture *capture);

/* Ends the thread and frees the pins: after it `reader` and what it uses may be freed, and nothing is delivered any more. */
void vospi_capture_close(VospiCapture *capture);

/* Memory, set to zero: for the frames where there is much of it; for what threads share where atomic words work (not in PSRAM). */
void *vospi_capture_allocate(size_t bytes);
void *vospi_capture_allocate_atomic(size_t bytes);
void vospi_capture_free(void *memory);

/*
 * Events between the threads, at most one message under way: bits for the run they belong to (`run << 8 | bits`).
 * Events of a run that was stopped are replaced, or dropped when they arrive.
 */
typedef _Atomic uint32_t VospiMailbox;

/* Capture thread. True when a message must be sent: nothing is under way yet. */
static inline bool vospi_mailbox_put(VospiMailbox *mailbox, uint32_t run, uint32_t events)
{
    uint32_t tag = run << 8, before = atomic_load_explicit(mailbox, memory_order_relaxed), after;
    do {
        after = tag | events | ((before & ~0xffu) == tag ? before & 0xff : 0);
    } while (!atomic_compare_exchange_weak_explicit(mailbox, &before, after, memory_order_acq_rel, memory_order_relaxed));
    return !(before & 0xff);
}

/* XS thread: takes the bits for `run`; what is for another run is dropped. */
static inline uint32_t vospi_mailbox_take(VospiMailbox *mailbox, uint32_t run)
{
    uint32_t word = atomic_exchange_explicit(mailbox, 0, memory_order_acq_rel);
    return (word & ~0xffu) == run << 8 ? word & 0xff : 0;
}

#endif
