/* SPDX-License-Identifier: Apache-2.0 */

/* The clock: real time since the start, or in lock-step the board's. And the SDK's `time` module. */

#include "internal.h"
#include "lock-step.h"
#include "xsmc.h"

static struct timespec gStart;

void clock_start(void)
{
    clock_gettime(CLOCK_MONOTONIC, &gStart);
}

uint64_t runner_microseconds(void)
{
    struct timespec now;
    if (lock_step_active())
        return lock_step_microseconds();
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)((int64_t)(now.tv_sec - gStart.tv_sec) * 1000000 + (now.tv_nsec - gStart.tv_nsec) / 1000);
}

static double milliseconds(void)
{
    return (double)(runner_microseconds() / 1000);
}

void xs_time_ticks(xsMachine *the)
{
    xsmcSetNumber(xsResult, milliseconds());
}

void xs_time_microseconds(xsMachine *the)
{
    xsmcSetNumber(xsResult, (double)runner_microseconds());
}

void xs_time_delta(xsMachine *the)
{
    double start = xsmcToNumber(xsArg(0));
    bool given = (xsmcArgc > 1) && (xsmcTypeOf(xsArg(1)) != xsUndefinedType);
    double end = given ? xsmcToNumber(xsArg(1)) : milliseconds();
    xsmcSetNumber(xsResult, end - start);
}
