/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_TIMER_H
#define FAKE_TIMER_H

/* ESP-IDF's high-resolution timer: its time, and one-shot timers that a test expires. */

#include <stddef.h>
#include <stdint.h>

extern int64_t fake_microseconds; /* since start */
/* Called after the time is read and before it is returned, as an interrupt at that moment. */
extern void (*fake_on_time)(void);

/* Runs the callback of each armed timer, without advancing the time. Returns their number. */
size_t fake_run_timers(void);

#endif
