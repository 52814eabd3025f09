/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHARED_STATISTICS_H
#define SHARED_STATISTICS_H

#include "frame-statistics.h"
#include "vospi-hold.h"

/*
 * Statistics of a frame, computed when they are first asked for and kept for all further readers of that frame. XS
 * thread only. Returns NULL when out of memory. The result is valid until the statistics of the fourth frame after it.
 */
const FrameStatistics *shared_statistics(const VospiHold *hold);

#endif
