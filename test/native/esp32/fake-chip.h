/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_CHIP_H
#define FAKE_CHIP_H

/*
 * The part of ESP-IDF and the SDK's message queue that natives use. One thread.
 * What uses lwIP is tested on the real one (lwip/).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Messages to the XS task; a post fails when as many wait as `fake_queue_length`. */
extern size_t fake_queue_length;
/* Called while a post fails, as another task that runs just then. */
extern void (*fake_on_full_queue)(void);
/* Hands over what waits; returns how many messages that were. */
size_t fake_deliver(void);

extern size_t fake_free_bytes; /* internal RAM */
/* Blocks in PSRAM, and their bytes. */
extern size_t fake_psram_blocks;
extern size_t fake_psram_bytes;
/* Nothing can be allocated but by lwIP. */
extern bool fake_no_memory;

/* Called when lwIP's task is asked for something, before it is done: what it had to do until then. */
extern void (*fake_before_exec)(void);

/* What is between these happens in lwIP's task; what has to, ends the program elsewhere. */
void fake_enter_lwip(void);
void fake_leave_lwip(void);
void fake_check_in_lwip(void);

#endif
