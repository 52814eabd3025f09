/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_QUIET_WINDOW_H
#define TCAM_QUIET_WINDOW_H

/*
 * The time between two transfers on the video bus, in which flash may stop both cores for a moment without the loss of a segment.
 * Always open while no capture runs. One task waits at a time.
 */

#include <stdbool.h>
#include <stdint.h>

/* XS thread, before any other call. False: no memory. */
bool quiet_window_init(void);

/* Capture: open until `microseconds` (esp_timer_get_time(), less than half an hour ahead). */
void quiet_window_open_until(uint64_t microseconds);
/* Capture: open until the next call. */
void quiet_window_open(void);
void quiet_window_close(void);

/* True if work can begin now. */
bool quiet_window_is_open(uint64_t now);
/* Waits for an opening, or for quiet_window_wake(). Returns at once if one came since the last wait. */
void quiet_window_wait(void);
void quiet_window_wake(void);

#endif
