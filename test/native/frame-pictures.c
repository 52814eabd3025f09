/* SPDX-License-Identifier: Apache-2.0 */
#include "frame-pictures.h"

#include "harness.h"

void set_pixel(uint8_t *pixels, size_t index, uint32_t value)
{
    pixels[2 * index] = (uint8_t)(value >> 8);
    pixels[2 * index + 1] = (uint8_t)value;
}

static uint32_t scene(Random *random, uint32_t row, uint32_t column)
{
    /* 20 to 24 °C, a warm object of 36 °C with soft edges, noise of 40 mK. */
    int32_t x = (int32_t)column - 100, y = (int32_t)row - 60, distance = x * x + 2 * y * y;
    int32_t warm = distance < 900 ? 1200 : distance < 1200 ? (1200 - distance) * 4 : 0;
    return 29315 + column * 2 + row + (uint32_t)warm + random_below(random, 9);
}

void fill_picture(uint8_t *pixels, TestPicture picture)
{
    Random random = {(uint64_t)picture + 1};

    for (uint32_t i = 0; i < kVospiPixels; i++) {
        uint32_t row = i / kVospiColumns, column = i % kVospiColumns, value = 0;
        switch (picture) {
        case kPictureFull: value = 65535; break;
        case kPictureScene: value = scene(&random, row, column); break;
        case kPictureNoise: value = random_next(&random) & 0xffff; break;
        case kPictureGrey: value = (row + column + random_below(&random, 20)) & 0xff; break;
        case kPictureChess: value = (row + column) % 2 ? 65535 : 0; break;
        case kPictureRamp: value = row * 300 + column * 150; break;
        default: break;
        }
        set_pixel(pixels, i, value);
    }
}
