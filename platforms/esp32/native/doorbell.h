/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_DOORBELL_H
#define TCAM_DOORBELL_H

/*
 * How other tasks and interrupts get the XS task's attention. XS's message queue is short, and waiting for room in it can deadlock:
 * the XS task may be waiting for the caller. So a source keeps its events as bits and has at most one message under way, however many
 * events there are; a message that finds the queue full is sent again by a timer until it has found room.
 *
 * The doorbell is the first member of its owner's struct, which is in internal RAM (the ESP32 has no atomic access to PSRAM) and counts
 * its references: the XS object, a message under way, a driver's callback. The last one to let go frees it.
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
    _Atomic uint32_t events;                                         /* not 0: a message is under way, or waits for room */
    _Atomic uint32_t holds;
    Doorbell *next; /* of those whose message waits for room */
    bool silent;    /* XS task: answer no more events */
};

/* From a task. Memory for an owner, `bytes` set to zero, with one reference. NULL: no memory. */
void *doorbell_allocate(size_t bytes);

/* From any task, or an interrupt that is not in IRAM. Never blocks, loses no event. `events`: at least one bit. */
void doorbell_ring(Doorbell *bell, uint32_t events);

void doorbell_hold(Doorbell *bell);
void doorbell_release(Doorbell *bell);

#endif
