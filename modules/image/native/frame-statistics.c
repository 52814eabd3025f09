/* SPDX-License-Identifier: Apache-2.0 */
#include "frame-statistics.h"

#include <string.h>
#include "frame-pixels.h"

static const uint16_t kRanks[kStatisticsRanks] = {1, kVospiPixels / 100, kVospiPixels - kVospiPixels / 100, kVospiPixels};
_Static_assert(kVospiPixels % 100 == 0, "ranks of percentiles are whole numbers");

/* Counts pixels by high byte. Returns the sum of all pixels. */
static uint32_t count_high_bytes(FrameStatisticsWork *work, const uint8_t *pixels)
{
    uint16_t *counts = work->high_counts;
    uint32_t sum = 0;

    for (size_t row = 0; row < kVospiRows; row++) {
        /* Low bytes of left and right pixels, one sum in each half: 80 bytes do not overflow 16 bits. */
        uint32_t low_sums = 0;
        for (size_t i = 0; i < kVospiColumns / 2; i++) {
            uint32_t pair = pixel_pair(pixels, i);
            counts[pair & 0xff]++;
            counts[pair >> 16 & 0xff]++;
            low_sums += pair >> 8 & 0x00ff00ff;
        }
        sum += (low_sums & 0xffff) + (low_sums >> 16);
        pixels += 2 * kVospiColumns;
    }
    for (uint32_t high = 0; high < 256; high++)
        sum += counts[high] * (high << 8);
    return sum;
}

/* Counts pixels by low byte where the high byte holds a rank. */
static void count_low_bytes(FrameStatisticsWork *work, const uint8_t *pixels)
{
    const uint8_t *groups = work->group;

    for (const uint8_t *end = pixels + kVospiPixelBytes; pixels < end; pixels += 4) {
        uint32_t pair = pixel_pair(pixels, 0);
        uint32_t left = groups[pair & 0xff], right = groups[pair >> 16 & 0xff];
        if (left)
            work->low_counts[left - 1][pair >> 8 & 0xff]++;
        if (right)
            work->low_counts[right - 1][pair >> 24]++;
    }
}

/* The index of the first pixel with `value`, which exists. */
static uint16_t find_pixel(const uint8_t *pixels, uint32_t value)
{
    uint32_t swapped = (value & 0xff) << 8 | value >> 8, i = 0;

    for (;; i += 2, pixels += 4) {
        uint32_t pair = pixel_pair(pixels, 0);
        if ((pair & 0xffff) == swapped)
            return (uint16_t)i;
        if (pair >> 16 == swapped)
            return (uint16_t)(i + 1);
    }
}

/* The index at which the running sum of `counts` reaches `*rank`; `*rank` becomes the rank within that index. */
static uint32_t find_rank(const uint16_t *counts, uint32_t *rank)
{
    uint32_t index = 0;
    while (*rank > counts[index])
        *rank -= counts[index++];
    return index;
}

void frame_statistics(FrameStatistics *statistics, FrameStatisticsWork *work, const uint8_t *pixels)
{
    uint32_t values[kStatisticsRanks], ranks[kStatisticsRanks], groups = 0;

    memset(work, 0, sizeof *work);
    uint32_t sum = count_high_bytes(work, pixels);
    for (int i = 0; i < kStatisticsRanks; i++) {
        ranks[i] = kRanks[i];
        values[i] = find_rank(work->high_counts, &ranks[i]);
        if (!work->group[values[i]])
            work->group[values[i]] = (uint8_t)++groups;
    }

    count_low_bytes(work, pixels);
    for (int i = 0; i < kStatisticsRanks; i++)
        values[i] = values[i] << 8 | find_rank(work->low_counts[work->group[values[i]] - 1], &ranks[i]);
    *statistics = (FrameStatistics){
        .minimum = (uint16_t)values[0],
        .maximum = (uint16_t)values[3],
        .minimum_at = find_pixel(pixels, values[0]),
        .maximum_at = find_pixel(pixels, values[3]),
        .mean = (uint16_t)((sum + kVospiPixels / 2) / kVospiPixels),
        .percentile_1 = (uint16_t)values[1],
        .percentile_99 = (uint16_t)values[2],
    };
}
