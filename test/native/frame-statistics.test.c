/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <stdlib.h>
#include <string.h>
#include "frame-pictures.h"
#include "frame-statistics.h"

static _Alignas(4) uint8_t pixels[kVospiPixelBytes];

static int compare(const void *a, const void *b)
{
    return *(const uint16_t *)a - *(const uint16_t *)b;
}

static uint16_t first_of(const uint16_t *values, uint16_t value)
{
    uint16_t index = 0;
    while (values[index] != value)
        index++;
    return index;
}

/* The plain way: sorts all pixels. */
static FrameStatistics expected_statistics(void)
{
    static uint16_t values[kVospiPixels], sorted[kVospiPixels];
    uint64_t sum = 0;

    for (size_t i = 0; i < kVospiPixels; i++)
        sum += values[i] = (uint16_t)(pixels[2 * i] << 8 | pixels[2 * i + 1]);
    memcpy(sorted, values, sizeof sorted);
    qsort(sorted, kVospiPixels, sizeof *sorted, compare);
    return (FrameStatistics){
        .minimum = sorted[0],
        .maximum = sorted[kVospiPixels - 1],
        .minimum_at = first_of(values, sorted[0]),
        .maximum_at = first_of(values, sorted[kVospiPixels - 1]),
        .mean = (uint16_t)((sum * 2 + kVospiPixels) / (kVospiPixelBytes)),
        .percentile_1 = sorted[kVospiPixels / 100 - 1],
        .percentile_99 = sorted[kVospiPixels * 99 / 100 - 1],
    };
}

#define EXPECT_STATISTICS() \
    do { \
        static FrameStatisticsWork work; \
        FrameStatistics expected = expected_statistics(), actual; \
        memset(&work, 0xee, sizeof work); \
        memset(&actual, 0xee, sizeof actual); \
        frame_statistics(&actual, &work, pixels); \
        EXPECT_EQUAL(actual.minimum, expected.minimum); \
        EXPECT_EQUAL(actual.maximum, expected.maximum); \
        EXPECT_EQUAL(actual.minimum_at, expected.minimum_at); \
        EXPECT_EQUAL(actual.maximum_at, expected.maximum_at); \
        EXPECT_EQUAL(actual.mean, expected.mean); \
        EXPECT_EQUAL(actual.percentile_1, expected.percentile_1); \
        EXPECT_EQUAL(actual.percentile_99, expected.percentile_99); \
    } while (0)

TEST("statistics: equal those of the sorted pixels for every kind of picture")
{
    for (int picture = 0; picture < kTestPictures; picture++) {
        fill_picture(pixels, (TestPicture)picture);
        EXPECT_STATISTICS();
    }
}

TEST("statistics: equal those of the sorted pixels for values around any level and spread")
{
    Random random = {5};
    for (int turn = 0; turn < 200; turn++) {
        uint32_t spread = 1 + random_below(&random, turn % 2 ? 600 : 65536), level = random_below(&random, 65537 - spread);
        for (size_t i = 0; i < kVospiPixels; i++)
            set_pixel(pixels, i, level + random_below(&random, spread));
        EXPECT_STATISTICS();
    }
}

TEST("statistics: percentiles leave out 191 outliers, and take the 192nd")
{
    static FrameStatisticsWork work;
    FrameStatistics statistics;

    fill_picture(pixels, kPictureZero);
    for (size_t i = 0; i < kVospiPixels; i++)
        set_pixel(pixels, i, 30000);
    for (size_t i = 0; i < 191; i++) {
        set_pixel(pixels, i * 100, 10);
        set_pixel(pixels, i * 100 + 1, 60000);
    }
    frame_statistics(&statistics, &work, pixels);
    EXPECT_EQUAL(statistics.percentile_1, 30000);
    EXPECT_EQUAL(statistics.percentile_99, 30000);
    set_pixel(pixels, 19150, 10);
    for (size_t i = 0; i < 2; i++)
        set_pixel(pixels, 19152 + i, 60000);
    frame_statistics(&statistics, &work, pixels);
    EXPECT_EQUAL(statistics.percentile_1, 10);
    EXPECT_EQUAL(statistics.percentile_99, 60000);
}
