/* SPDX-License-Identifier: Apache-2.0 */
#include "lossless-decoder.h"

#include <stdbool.h>
#include "frame-pixels.h"

typedef struct BitReader {
    const uint8_t *bytes;
    size_t bits, at;
} BitReader;

/* Beyond the end come ones, which no code has for long. */
static uint32_t read_bits(BitReader *reader, uint32_t count)
{
    uint32_t value = 0;
    for (; count; count--, reader->at++)
        value = value << 1 | (reader->at < reader->bits ? reader->bytes[reader->at / 8] >> (7 - reader->at % 8) & 1u : 1u);
    return value;
}

static uint32_t read_residual(BitReader *reader, uint32_t k)
{
    uint32_t quotient = 0;
    while (quotient < 24 && !read_bits(reader, 1))
        quotient++;
    return quotient == 24 ? read_bits(reader, 17) : quotient << k | read_bits(reader, k);
}

static int32_t predicted(const int32_t *values, size_t index)
{
    size_t row = index / kVospiColumns, column = index % kVospiColumns;
    int32_t a = column ? values[index - 1] : 0, b = row ? values[index - kVospiColumns] : 0;
    if (!row)
        return a;
    if (!column)
        return b;
    int32_t c = values[index - kVospiColumns - 1], low = a < b ? a : b, high = a < b ? b : a;
    return c >= high ? low : c <= low ? high : a + b - c;
}

size_t lossless_decode(uint8_t *pixels, const uint8_t *bytes, size_t length)
{
    static int32_t values[kVospiPixels];
    BitReader reader = {.bytes = bytes, .bits = length * 8};
    uint32_t k = 0;

    for (size_t i = 0; i < kVospiPixels; i++) {
        if (i % kVospiColumns == 0)
            k = read_bits(&reader, 8);
        uint32_t residual = k <= 12 ? read_residual(&reader, k) : 0;
        values[i] = predicted(values, i) + (residual & 1 ? -(int32_t)(residual >> 1) - 1 : (int32_t)(residual >> 1));
        if (k > 12 || values[i] < 0 || values[i] > 65535 || reader.at > reader.bits)
            return 0;
        pixels[2 * i] = (uint8_t)(values[i] >> 8);
        pixels[2 * i + 1] = (uint8_t)values[i];
    }
    return (reader.at + 7) / 8;
}
