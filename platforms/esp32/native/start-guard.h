/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_START_GUARD_H
#define TCAM_START_GUARD_H

/*
 * Recovers from a broken settings partition (NVS). The SDK's main initialises it before any JavaScript runs and aborts on failure, so the
 * camera would restart endlessly before its crash counter runs. This counts starts before main, and erases the partition after three
 * consecutive starts that did not reach JavaScript. A camera with default settings can be reached.
 */
enum { kStartGuardAttempts = 3 };

/* A constructor, called before main: counts the start, and erases the partition after kStartGuardAttempts. */
void start_guard_begin(void);

/* JavaScript runs: resets the count. */
void start_guard_passed(void);

#endif
