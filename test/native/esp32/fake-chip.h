/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_CHIP_H
#define FAKE_CHIP_H

/*
 * Fakes of the parts of ESP-IDF and of the SDK's message queue that natives use. One thread.
 * Natives that use lwIP are tested on the real one (lwip/).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Capacity of the queue of messages to the XS task; a post to a full queue fails. */
extern size_t fake_queue_length;
/* Called while a post fails, as a task that runs at that moment. */
extern void (*fake_on_full_queue)(void);
/* Delivers the queued messages. Returns their number. */
size_t fake_deliver(void);

extern size_t fake_free_bytes; /* internal RAM */
/* Allocated blocks in PSRAM, and their bytes. */
extern size_t fake_psram_blocks;
extern size_t fake_psram_bytes;
/* Allocations fail, except those by lwIP. */
extern bool fake_no_memory;

/* Called before a request runs in lwIP's task: the earlier work of that task. */
extern void (*fake_before_exec)(void);

/* Code between these calls runs in lwIP's task. Functions that require this task abort elsewhere. */
void fake_enter_lwip(void);
void fake_leave_lwip(void);
void fake_check_in_lwip(void);

#endif
