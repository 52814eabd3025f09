/* SPDX-License-Identifier: Apache-2.0 */

/* The SDK's `time` module, on the device's monotonic clock. */

#include "internal.h"
#include "xsmc.h"

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
