/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_DOORBELL_H
#define TCAM_DOORBELL_H

/*
 * How other tasks and interrupts get the XS task's attention. XS's message queue is short, and posting to it blocks when it is full:
 * a source keeps its events as bits and has at most one message under way, however many events there are.
 *
 * The doorbell is the first member of its owner's struct, which is in internal RAM (the ESP32 has no atomic access to PSRAM) and counts
 * who still refers to it: the XS object, a message under way, a driver's callback. The last one to let go frees it.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xsmc.h"

typedef struct Doorbell Doorbell;

struct Doorbell {
    xsMachine *the;
    void (*answer)(xsMachine *the, Doorbell *bell, uint32_t events); /* in the XS task */
    void (*release)(Doorbell *bell);                                 /* frees the owner */
    _Atomic uint32_t events;                                         /* not 0: a message is under way */
    _Atomic uint32_t holds;
    bool silent; /* XS task: answer nothing any more */
};

/* Memory for an owner, `bytes` set to zero, held once. NULL when there is none. */
void *doorbell_allocate(size_t bytes);

/* From a task. May block while XS's queue is full, so not while the XS task may wait for the caller. */
void doorbell_ring(Doorbell *bell, uint32_t events);

/* From the XS task or an interrupt: never blocks. False when there was no room, and nothing is under way. */
bool doorbell_ring_now(Doorbell *bell, uint32_t events);

void doorbell_hold(Doorbell *bell);
void doorbell_release(Doorbell *bell);

#endif
