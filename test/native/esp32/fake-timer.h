/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_TIMER_H
#define FAKE_TIMER_H

/* ESP-IDF's high-resolution timer: its time, and one-shot timers that expire when a test says so. */

#include <stddef.h>
#include <stdint.h>

extern int64_t fake_microseconds; /* since start */
/* Called when the time has been read and before the reader has it, as an interrupt just then. */
extern void (*fake_on_time)(void);

/* Runs the callback of each timer that is armed now, without advancing the time. Returns how many there were. */
size_t fake_run_timers(void);

#endif
