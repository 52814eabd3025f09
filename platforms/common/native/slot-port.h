/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_SLOT_PORT_H
#define TCAM_SLOT_PORT_H

/*
 * What class Slot needs of a platform: a task beside XS (on Linux a coroutine of the event loop), and the flash of the update slot.
 * Implemented in platforms/esp32 and platforms/linux.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xsmc.h"

typedef struct SlotPort SlotPort;

typedef struct SlotJobs {
    void *refcon;
    void (*work)(void *refcon);                 /* in the task */
    void (*done)(xsMachine *the, void *refcon); /* XS thread, after work() */
} SlotJobs;

/* A page of the flash: program operations do not cross its end. */
enum { kSlotPageBytes = 256 };

/* XS thread. */

/* NULL when it fails; then `error` (`size` bytes) says why. */
SlotPort *slot_port_open(xsMachine *the, const SlotJobs *jobs, char *error, size_t size);
/* Bytes. */
uint32_t slot_port_size(const SlotPort *port);
/* Runs work() once. Only after done(). False: no memory. */
bool slot_port_start(SlotPort *port);
/* Ends work() at its next slot_port_await_quiet(), and waits for that. done() is not called afterwards. */
void slot_port_close(SlotPort *port);

/* In the task. All but the first return NULL, or what failed. */

/* Waits until the video bus is quiet (quiet-window.h). False: the port is being closed. */
bool slot_port_await_quiet(SlotPort *port);
const char *slot_port_erase(SlotPort *port, uint32_t offset, uint32_t length);
/* At most the rest of a page. Reads the bytes back and compares them. */
const char *slot_port_program(SlotPort *port, uint32_t offset, const uint8_t *bytes, uint32_t count);

#endif
