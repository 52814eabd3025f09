/* SPDX-License-Identifier: Apache-2.0 */

/* Class FrameStatistics of modules/image, and the statistics of frames for other natives. */

#include "shared-statistics.h"

#include <stdlib.h>

#include "xsmc.h"
#include "mc.xs.h"

/* Frames that are read at the same time: the newest, and those that slow clients still get. */
enum { kKept = 4 };

const FrameStatistics *shared_statistics(const VospiHold *hold)
{
    static struct {
        uint32_t number;
        FrameStatistics statistics;
    } kept[kKept];
    /* Allocated for the first reader: 2.8 KB that a camera without readers does not need. */
    static FrameStatisticsWork *work;
    uint32_t number = vospi_hold_number(hold);
    FrameStatistics *statistics = &kept[number % kKept].statistics;

    if (kept[number % kKept].number == number)
        return statistics;
    if (!work)
        work = malloc(sizeof *work);
    if (!work)
        return NULL;
    frame_statistics(statistics, work, vospi_hold_read(hold)->pixels);
    kept[number % kKept].number = number;
    return statistics;
}

static void set_number(xsMachine *the, xsSlot *object, xsIdentifier id, uint32_t value)
{
    xsmcSetInteger(xsVar(1), (xsIntegerValue)value);
    xsmcSet(*object, id, xsVar(1));
}

/* Sets xsResult[id] to a pixel's value and place. */
static void set_pixel(xsMachine *the, xsIdentifier id, uint32_t value, uint32_t at)
{
    xsmcSetNewObject(xsVar(0));
    set_number(the, &xsVar(0), xsID_value, value);
    set_number(the, &xsVar(0), xsID_row, at / kVospiColumns);
    set_number(the, &xsVar(0), xsID_column, at % kVospiColumns);
    xsmcSet(xsResult, id, xsVar(0));
}

/* of(frame): returns the statistics as an object. */
void xs_frame_statistics_of(xsMachine *the)
{
    if (xsmcArgc < 1)
        xsTypeError("of: expected a frame");
    VospiHold *hold = vospi_hold_frame(the, &xsArg(0));
    const FrameStatistics *shared = shared_statistics(hold);
    vospi_hold_release(hold);
    if (!shared)
        xsUnknownError("no memory for statistics");
    FrameStatistics statistics = *shared;

    xsmcVars(2);
    xsmcSetNewObject(xsResult);
    set_pixel(the, xsID_min, statistics.minimum, statistics.minimum_at);
    set_pixel(the, xsID_max, statistics.maximum, statistics.maximum_at);
    set_number(the, &xsResult, xsID_mean, statistics.mean);
    set_number(the, &xsResult, xsID_percentile1, statistics.percentile_1);
    set_number(the, &xsResult, xsID_percentile99, statistics.percentile_99);
}
