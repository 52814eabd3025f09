/* SPDX-License-Identifier: Apache-2.0 */
#include "lossless-encoder.h"

#include <stdbool.h>
#include "frame-pixels.h"

enum { kParameterBits = 8, kParameterMaximum = 12, kEscapeQuotient = 24, kResidualBits = 17, kFirstParameter = 5, kCodeBits = 24 };

_Static_assert(kLosslessRowMaximum >= (kParameterBits + kVospiColumns * (kEscapeQuotient + kResidualBits) + 7) / 8 + 1, "longest row");

/* Fewer than 8 bits wait in `bits` between calls. */
typedef struct BitWriter {
    uint8_t *target;
    uint32_t bits;
    uint32_t count;
} BitWriter;

/* Appends the low `count` bits of `value`, at most 24. By value, so that the fields of a local writer stay in registers. */
static inline __attribute__((always_inline)) BitWriter put_bits(BitWriter writer, uint32_t value, uint32_t count)
{
    writer.bits = writer.bits << count | value;
    writer.count += count;
    while (writer.count >= 8) {
        writer.count -= 8;
        *writer.target++ = (uint8_t)(writer.bits >> writer.count);
    }
    return writer;
}

/* Appends a code that is longer than put_bits() takes at once. */
static BitWriter put_long_code(BitWriter writer, uint32_t residual, uint32_t k)
{
    uint32_t quotient = residual >> k;
    bool escape = quotient >= kEscapeQuotient;
    writer = put_bits(writer, 0, escape ? kEscapeQuotient : quotient);
    return put_bits(writer, escape ? residual : 1u << k | (residual & ((1u << k) - 1)), escape ? kResidualBits : k + 1);
}

static inline int32_t predict(int32_t left, int32_t above, int32_t above_left)
{
    int32_t low = left < above ? left : above, high = left < above ? above : left;
    if (above_left >= high)
        return low;
    return above_left <= low ? high : left + above - above_left;
}

/* The parameter for rows whose residuals sum up to `sum`: a power of two of about three quarters of their mean. */
static uint32_t parameter_for(uint32_t sum)
{
    uint32_t k = 0;
    while (k < kParameterMaximum && (uint32_t)kVospiColumns << k < sum - (sum >> 2))
        k++;
    return k;
}

/* A row being written: the pixel on the left, the sum of its residuals, and what codes need. */
typedef struct Row {
    BitWriter writer;
    int32_t left;
    uint32_t sum, k;
} Row;

static inline __attribute__((always_inline)) Row put_pixel(Row row, int32_t pixel, int32_t prediction)
{
    int32_t difference = pixel - prediction;
    uint32_t residual = (uint32_t)difference << 1 ^ (uint32_t)(difference >> 31);
    uint32_t quotient = residual >> row.k, length = quotient + 1 + row.k;

    /* 1 << k | low bits, as the quotient is what the residual has above them. */
    if (length <= kCodeBits)
        row.writer = put_bits(row.writer, residual - ((quotient - 1) << row.k), length);
    else
        row.writer = put_long_code(row.writer, residual, row.k);
    row.left = pixel;
    row.sum += residual;
    return row;
}

/* Writes a row. `above` is the row above it as numbers, and becomes this row. */
static Row put_row(Row row, const uint8_t *pixels, uint16_t *above)
{
    /* Left of the first column the pixel above counts, so that it is predicted from above. */
    int32_t above_left = row.left = above[0];

    for (size_t i = 0; i < kVospiColumns / 2; i++, above += 2) {
        uint32_t pair = pixel_pair(pixels, i), left = pair_left(pair), right = pair_right(pair);
        int32_t up = above[0], up_right = above[1];
        above[0] = (uint16_t)left;
        above[1] = (uint16_t)right;
        row = put_pixel(row, (int32_t)left, predict(row.left, up, above_left));
        row = put_pixel(row, (int32_t)right, predict(row.left, up_right, up));
        above_left = up_right;
    }
    return row;
}

static Row put_first_row(Row row, const uint8_t *pixels, uint16_t *above)
{
    for (size_t i = 0; i < kVospiColumns; i++) {
        above[i] = (uint16_t)vospi_word(pixels, i);
        row = put_pixel(row, above[i], row.left);
    }
    return row;
}

size_t lossless_encode(uint8_t *target, size_t capacity, const uint8_t *pixels)
{
    Row row = {.writer.target = target, .k = kFirstParameter};
    uint16_t above[kVospiColumns];

    for (size_t i = 0; i < kVospiRows; i++, pixels += 2 * kVospiColumns) {
        if (capacity - (size_t)(row.writer.target - target) < kLosslessRowMaximum)
            return 0;
        row.sum = 0;
        row.writer = put_bits(row.writer, row.k, kParameterBits);
        row = i ? put_row(row, pixels, above) : put_first_row(row, pixels, above);
        row.k = parameter_for(row.sum);
    }
    if (row.writer.count)
        row.writer = put_bits(row.writer, 0, 8 - row.writer.count);
    return (size_t)(row.writer.target - target);
}
