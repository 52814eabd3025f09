/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_QUIET_WINDOW_H
#define TCAM_QUIET_WINDOW_H

/*
 * The time between two transfers on the video bus, in which flash may stop the firmware for a moment without the loss of a segment.
 * Always open while no capture runs. XS thread only.
 */

#include <stdbool.h>
#include <stdint.h>

#include "runner.h"

/* Capture: open until `microseconds` (runner_microseconds()). */
void quiet_window_open_until(uint64_t microseconds);
/* Capture: open until the next call. */
void quiet_window_open(void);
void quiet_window_close(void);

/* True if work can begin now. */
bool quiet_window_is_open(uint64_t now);
/* Posts to `notifier` at the next opening, once; NULL: does not. */
void quiet_window_notify(RunnerNotifier *notifier);

#endif
