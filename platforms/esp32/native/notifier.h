/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_NOTIFIER_H
#define TCAM_NOTIFIER_H

/*
 * Posts events from other tasks and interrupts to the XS task. XS's message queue is short, and waiting for room in it can deadlock: the
 * XS task may be waiting for the caller. So a notifier keeps its events as bits and has at most one message under way, however many
 * events there are. A timer retries a message that finds the queue full.
 *
 * A notifier is a member of its owner's struct, which is in internal RAM (the ESP32 has no atomic access to PSRAM), and counts the
 * references to it: the XS object, a message under way, a driver's callback. The last release frees the owner.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xsmc.h"

typedef struct Notifier Notifier;

struct Notifier {
    xsMachine *the;
    void *owner;
    void (*on_events)(xsMachine *the, void *owner, uint32_t events); /* in the XS task */
    void (*free_owner)(void *owner);                                 /* heap_caps_free() unless set otherwise */
    _Atomic uint32_t events;                                         /* not 0: a message is under way, or waits for room */
    _Atomic uint32_t references;
    Notifier *next; /* of those whose message waits for room */
    bool silent;    /* XS task: deliver no more events */
};

/* From a task. Memory for an owner, `bytes` set to zero. NULL: no memory. */
void *notifier_allocate(size_t bytes);

/* `owner` is from notifier_allocate(), `notifier` is part of it; one reference. */
void notifier_init(Notifier *notifier, xsMachine *the, void *owner, void (*on_events)(xsMachine *the, void *owner, uint32_t events));

/* From any task, or an interrupt that is not in IRAM. Never blocks, loses no event. `events`: at least one bit. */
void notifier_post(Notifier *notifier, uint32_t events);

void notifier_hold(Notifier *notifier);
void notifier_release(Notifier *notifier);

#endif
