/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_START_GUARD_H
#define TCAM_START_GUARD_H

/*
 * The SDK's main sets the settings' partition (NVS) up before any JavaScript runs, and ends the program when that fails: a partition that
 * cannot be set up would have the camera restart for ever, before anything of it counts its crashes. So starts are counted here, before
 * main, and when three in a row have led nowhere the partition is erased, once. A camera without its settings is one that can be reached.
 */
enum { kStartGuardAttempts = 3 };

/* Before main, by itself: counts the attempt, and erases the partition when there were enough. */
void start_guard_begin(void);

/* JavaScript runs: the attempt has led somewhere. */
void start_guard_passed(void);

#endif
