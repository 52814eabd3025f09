/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FRAME_STATISTICS_H
#define FRAME_STATISTICS_H

#include <stdint.h>

/*
 * Statistics of all 19,200 pixels of a frame, exact. Values are as the sensor sends them: centikelvin, tenths of a
 * kelvin or counts, depending on its mode. Portable: no OS, no malloc, no globals.
 */
typedef struct FrameStatistics {
    uint16_t minimum, maximum;
    /* The first pixel with that value: row * 160 + column. */
    uint16_t minimum_at, maximum_at;
    uint16_t mean; /* rounded */
    /* Nearest rank: the smallest value that 1 % (99 %) of the pixels do not exceed. */
    uint16_t percentile_1, percentile_99;
} FrameStatistics;

/* Ranks that are looked for: the first, those of both percentiles, the last. */
enum { kStatisticsRanks = 4 };

/* Scratch memory of frame_statistics(); its contents need not be kept. */
typedef struct FrameStatisticsWork {
    uint16_t high_counts[256];                  /* pixels by high byte */
    uint16_t low_counts[kStatisticsRanks][256]; /* pixels by low byte, for the high bytes that hold a rank */
    uint8_t group[256];                         /* by high byte: 0, or 1 + index in low_counts */
} FrameStatisticsWork;

/* `pixels`: of a VospiFrame. */
void frame_statistics(FrameStatistics *statistics, FrameStatisticsWork *work, const uint8_t *pixels);

#endif
