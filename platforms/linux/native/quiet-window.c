/* SPDX-License-Identifier: Apache-2.0 */

#include "quiet-window.h"

#include <stddef.h>

static uint64_t gEnd = UINT64_MAX;
static RunnerNotifier *gNotifier;

void quiet_window_open_until(uint64_t microseconds)
{
    RunnerNotifier *notifier = gNotifier;

    gEnd = microseconds;
    gNotifier = NULL;
    if (notifier)
        runner_notifier_post(notifier);
}

void quiet_window_open(void)
{
    quiet_window_open_until(UINT64_MAX);
}

void quiet_window_close(void)
{
    gEnd = 0;
}

bool quiet_window_is_open(uint64_t now)
{
    return now < gEnd;
}

void quiet_window_notify(RunnerNotifier *notifier)
{
    gNotifier = notifier;
}
