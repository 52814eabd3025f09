/* SPDX-License-Identifier: Apache-2.0 */
#include "jpeg-encoder.h"

#include <stdbool.h>
#include <string.h>
#include "frame-pixels.h"

/*
 * Samples are four times their value, for precision. The DCT is that of Arai, Agui and Nakajima: its coefficients are
 * too large by 8 and by a factor for row and column, which the quantiser's reciprocals take out again.
 */
enum {
    kMcu = 16,
    kBlock = 8,
    kCoefficients = kBlock * kBlock,
    kSampleScale = 4,
    kConstantBits = 12,
    kReciprocalBits = 20,
    kCombinedBits = 24,   /* put_bits() takes at most this many */
    kBlockMaximum = 432,  /* bytes of a block: 64 codes of 26 bits, each byte stuffed */
    kHeaderMaximum = 640, /* bytes before the scan, without comment */
    kZeroRun = 0xf0,      /* 16 zeros */
    kEndOfBlock = 0x00,
    kLuminance = 0,
    kChrominance = 1,
};

/* ISO/IEC 10918-1, Annex K.1: quantisation steps for quality 50, in zigzag order. */
static const uint8_t kSteps[2][kCoefficients] = {
    {16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61, 60, 57, 51,
     56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99},
    {17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
     99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99},
};

/* Natural index of each coefficient in zigzag order. */
static const uint8_t kZigzag[kCoefficients] = {
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
};

/* Annex K.3: for each table the number of codes of 1 to 16 bits, then the values in the order of their codes. */
static const uint8_t kDcCounts[2][16] = {{0, 1, 5, 1, 1, 1, 1, 1, 1}, {0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1}};
static const uint8_t kDcValues[12] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
enum { kAcValues = 162 };
static const uint8_t kAcCounts[2][16] = {
    {0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125},
    {0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119},
};
static const uint8_t kAcOrder[2][kAcValues] = {
    {0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71, 0x14, 0x32, 0x81,
     0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0a, 0x16, 0x17, 0x18,
     0x19, 0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,
     0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75,
     0x76, 0x77, 0x78, 0x79, 0x7a, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
     0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3,
     0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5,
     0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa},
    {0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71, 0x13, 0x22, 0x32, 0x81, 0x08,
     0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33, 0x52, 0xf0, 0x15, 0x62, 0x72, 0xd1, 0x0a, 0x16, 0x24, 0x34, 0xe1, 0x25,
     0xf1, 0x17, 0x18, 0x19, 0x1a, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47,
     0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74,
     0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97,
     0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba,
     0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe2, 0xe3, 0xe4,
     0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa},
};

/* Factor of coefficient row or column k in the DCT's output: cos(k π / 16) √2, 1 for k = 0; in 1/4096. */
static const uint16_t kDctFactors[kBlock] = {4096, 5681, 5352, 4816, 4096, 3218, 2217, 1130};

typedef struct Encoder {
    JpegWork *work;
    uint8_t *target, *end;
    uint32_t bits, count; /* of the scan: fewer than 8 bits that wait */
    int32_t dc[3];        /* last DC level of Y, Cb, Cr */
} Encoder;

/* What waits to be written of the scan. Passed by value, so that it stays in registers within a block. */
typedef struct BitWriter {
    uint8_t *target;
    uint32_t bits, count;
} BitWriter;

static void put_byte(Encoder *encoder, unsigned value)
{
    *encoder->target++ = (uint8_t)value;
}

static void put_word(Encoder *encoder, unsigned value)
{
    put_byte(encoder, value >> 8);
    put_byte(encoder, value);
}

static void put_bytes(Encoder *encoder, const void *bytes, size_t count)
{
    memcpy(encoder->target, bytes, count);
    encoder->target += count;
}

/* Begins a segment of `length` bytes after its marker. */
static void put_segment(Encoder *encoder, unsigned marker, size_t length)
{
    put_word(encoder, 0xff00 | marker);
    put_word(encoder, (unsigned)length + 2);
}

/* Appends the low `count` bits of `value`, at most kCombinedBits, to the scan. */
static inline __attribute__((always_inline)) BitWriter put_bits(BitWriter writer, uint32_t value, uint32_t count)
{
    writer.bits = writer.bits << count | value;
    writer.count += count;
    while (writer.count >= 8) {
        writer.count -= 8;
        uint8_t byte = (uint8_t)(writer.bits >> writer.count);
        *writer.target++ = byte;
        if (byte == 0xff)
            *writer.target++ = 0;
    }
    return writer;
}

/* Codes of a table in order of their length (Annex C.2). */
static void make_codes(JpegCode *codes, const uint8_t counts[16], const uint8_t *values)
{
    uint32_t code = 0;
    for (uint32_t length = 1; length <= 16; length++, code <<= 1)
        for (uint32_t i = 0; i < counts[length - 1]; i++)
            codes[*values++] = (JpegCode){.bits = (uint16_t)code++, .length = (uint8_t)length};
}

static void make_steps(JpegWork *work, unsigned quality)
{
    unsigned scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;

    for (int table = 0; table < 2; table++)
        for (int i = 0; i < kCoefficients; i++) {
            unsigned step = (kSteps[table][i] * scale + 50) / 100;
            step = step < 1 ? 1 : step > 255 ? 255 : step;
            work->steps[table][i] = (uint8_t)step;
            unsigned natural = kZigzag[i];
            /* 2^20 / (4 · 8 · step · row factor · column factor), the factors being in 1/4096. */
            uint32_t factors = (uint32_t)kDctFactors[natural / kBlock] * kDctFactors[natural % kBlock];
            uint32_t divisor = ((factors + 128) >> 8) * step; /* without 4 · 8, in 1/65536 */
            work->reciprocals[table][natural] = ((1u << (kReciprocalBits - 5 + 16)) + divisor / 2) / divisor;
        }
}

/* Y, Cb and Cr of each entry (JFIF 1.02), less 128. */
static void make_colours(JpegWork *work, const JpegOptions *options)
{
    /* `entries` is not in use yet. */
    uint8_t(*rgb)[3] = (uint8_t(*)[3])work->entries;

    palette_rgb(rgb, options->palette);
    if (options->mark_count)
        marks_reserve(rgb);
    for (int i = 0; i < kPaletteEntries; i++) {
        int32_t red = rgb[i][0], green = rgb[i][1], blue = rgb[i][2];
        int32_t cb = (-11059 * red - 21709 * green + 32768 * blue + 32768) >> 16;
        int32_t cr = (32768 * red - 27439 * green - 5329 * blue + 32768) >> 16;
        work->colours[0][i] = (int8_t)(((19595 * red + 38470 * green + 7471 * blue + 32768) >> 16) - 128);
        work->colours[1][i] = (int8_t)(cb > 127 ? 127 : cb);
        work->colours[2][i] = (int8_t)(cr > 127 ? 127 : cr);
    }
}

static void put_header(Encoder *encoder, const JpegOptions *options)
{
    static const uint8_t kJfif[] = {'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0};
    /* Component, sampling factors, quantisation table. */
    static const uint8_t kComponents[] = {1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1};
    /* Component, Huffman tables; then the range of coefficients: all. */
    static const uint8_t kScan[] = {3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0};

    put_word(encoder, 0xffd8);
    put_segment(encoder, 0xe0, sizeof kJfif);
    put_bytes(encoder, kJfif, sizeof kJfif);
    if (options->comment_length) {
        put_segment(encoder, 0xfe, options->comment_length);
        put_bytes(encoder, options->comment, options->comment_length);
    }
    put_segment(encoder, 0xdb, 2 * (1 + kCoefficients));
    for (unsigned table = 0; table < 2; table++) {
        put_byte(encoder, table);
        put_bytes(encoder, encoder->work->steps[table], kCoefficients);
    }
    put_segment(encoder, 0xc0, 6 + sizeof kComponents);
    put_byte(encoder, 8);
    put_word(encoder, kVospiRows * (unsigned)options->scale);
    put_word(encoder, kVospiColumns * (unsigned)options->scale);
    put_byte(encoder, 3);
    put_bytes(encoder, kComponents, sizeof kComponents);
    put_segment(encoder, 0xc4, 2 * (2 * 17 + sizeof kDcValues + kAcValues));
    for (unsigned table = 0; table < 2; table++) {
        put_byte(encoder, table);
        put_bytes(encoder, kDcCounts[table], 16);
        put_bytes(encoder, kDcValues, sizeof kDcValues);
        put_byte(encoder, 0x10 | table);
        put_bytes(encoder, kAcCounts[table], 16);
        put_bytes(encoder, kAcOrder[table], kAcValues);
    }
    put_segment(encoder, 0xda, sizeof kScan);
    put_bytes(encoder, kScan, sizeof kScan);
}

static void make_entries(uint8_t *entries, const uint8_t *row, const PaletteRange *range)
{
    for (size_t i = 0; i < kVospiColumns / 2; i++, entries += 2) {
        uint32_t pair = pixel_pair(row, i);
        entries[0] = palette_entry(range, pair_left(pair));
        entries[1] = palette_entry(range, pair_right(pair));
    }
}

/* Doubles a row by linear interpolation. Results are four times the pixel value. */
static void interpolate_columns(uint32_t *columns, const uint8_t *row)
{
    uint32_t left = vospi_word(row, 0), middle = left;
    for (size_t i = 0; i < kVospiColumns; i++) {
        uint32_t right = vospi_word(row, i + 1 < kVospiColumns ? i + 1 : i);
        *columns++ = left + 3 * middle;
        *columns++ = 3 * middle + right;
        left = middle;
        middle = right;
    }
}

/* The entries of row `y` of the doubled picture. Source row r is kept in columns[r % 2] while rows need it. */
static void make_double_entries(JpegWork *work, uint8_t *entries, const uint8_t *pixels, size_t y, const PaletteRange *range)
{
    size_t near_row = y / 2, far_row = y % 2 ? near_row + 1 : near_row - (near_row > 0);

    if (far_row >= kVospiRows)
        far_row = near_row;
    if (y == 0)
        interpolate_columns(work->columns[0], pixels);
    else if (y % 2 && far_row > near_row)
        interpolate_columns(work->columns[far_row % 2], pixels + 2 * kVospiColumns * far_row);
    const uint32_t *near_columns = work->columns[near_row % 2], *far_columns = work->columns[far_row % 2];
    for (size_t i = 0; i < 2 * kVospiColumns; i++)
        entries[i] = palette_entry(range, (3 * near_columns[i] + far_columns[i] + 8) >> 4);
}

/* The palette entries of the 16 rows of MCU row `mcu_row`; the last row of the picture is repeated below it. */
static void make_mcu_row(JpegWork *work, const JpegOptions *options, const PaletteRange *range, const uint8_t *pixels, size_t mcu_row)
{
    size_t height = kVospiRows * (size_t)options->scale;

    for (size_t i = 0; i < kMcu; i++) {
        size_t y = mcu_row * kMcu + i;
        if (y >= height)
            memcpy(work->entries[i], work->entries[i - 1], sizeof work->entries[i]);
        else if (options->scale == 1)
            make_entries(work->entries[i], pixels + 2 * kVospiColumns * y, range);
        else
            make_double_entries(work, work->entries[i], pixels, y, range);
    }
    if (options->mark_count) {
        MarkedRows rows = {.entries = work->entries[0],
                           .stride = sizeof work->entries[0],
                           .first = mcu_row * kMcu,
                           .count = kMcu,
                           .width = kVospiColumns * (size_t)options->scale,
                           .height = height,
                           .scale = options->scale};
        marks_draw(&rows, options->marks, options->mark_count);
    }
}

static inline int32_t multiply(int32_t value, int32_t constant)
{
    return (value * constant + (1 << (kConstantBits - 1))) >> kConstantBits;
}

/* One-dimensional DCT of eight samples that are `stride` apart, in place. Inline, as a constant stride makes it a third faster. */
static inline __attribute__((always_inline)) void transform_line(int32_t *data, size_t stride)
{
    enum { kCos4 = 2896, kCos6 = 1567, kCos2MinusCos6 = 2217, kCos2PlusCos6 = 5352 }; /* of k π / 16, in 1/4096 */
    int32_t *d1 = data + stride, *d2 = d1 + stride, *d3 = d2 + stride, *d4 = d3 + stride, *d5 = d4 + stride, *d6 = d5 + stride,
            *d7 = d6 + stride;
    int32_t sum07 = *data + *d7, difference07 = *data - *d7;
    int32_t sum16 = *d1 + *d6, difference16 = *d1 - *d6;
    int32_t sum25 = *d2 + *d5, difference25 = *d2 - *d5;
    int32_t sum34 = *d3 + *d4, difference34 = *d3 - *d4;

    int32_t even0 = sum07 + sum34, even3 = sum07 - sum34, even1 = sum16 + sum25, even2 = sum16 - sum25;
    *data = even0 + even1;
    *d4 = even0 - even1;
    int32_t rotated = multiply(even2 + even3, kCos4);
    *d2 = even3 + rotated;
    *d6 = even3 - rotated;

    int32_t odd0 = difference34 + difference25, odd1 = difference25 + difference16, odd2 = difference16 + difference07;
    int32_t shared = multiply(odd0 - odd2, kCos6);
    int32_t low = multiply(odd0, kCos2MinusCos6) + shared, high = multiply(odd2, kCos2PlusCos6) + shared;
    int32_t middle = multiply(odd1, kCos4);
    int32_t upper = difference07 + middle, lower = difference07 - middle;
    *d5 = lower + low;
    *d3 = lower - low;
    *d1 = upper + high;
    *d7 = upper - high;
}

static inline uint32_t bit_length(uint32_t value)
{
    uint32_t length = 0;
    for (; value; value >>= 1)
        length++;
    return length;
}

/* Writes a code and the `size` bits of a level after it. */
static BitWriter put_level(BitWriter writer, JpegCode code, int32_t level, uint32_t size)
{
    uint32_t value = (uint32_t)(level < 0 ? level - 1 : level) & ((1u << size) - 1);

    if (code.length + size <= kCombinedBits)
        return put_bits(writer, (uint32_t)code.bits << size | value, code.length + size);
    writer = put_bits(writer, code.bits, code.length);
    return put_bits(writer, value, size);
}

/* The quantised coefficient, rounded to the nearest. */
static inline uint32_t quantise(uint32_t magnitude, uint32_t reciprocal)
{
    return (magnitude * reciprocal + (1u << (kReciprocalBits - 1))) >> kReciprocalBits;
}

static void transform(int32_t *block)
{
    for (int32_t *row = block; row < block + kCoefficients; row += kBlock)
        transform_line(row, 1);
    for (int32_t *column = block; column < block + kBlock; column++)
        transform_line(column, kBlock);
}

static BitWriter put_dc(BitWriter writer, Encoder *encoder, int32_t coefficient, unsigned component, unsigned table)
{
    uint32_t reciprocal = encoder->work->reciprocals[table][0];
    int32_t level = coefficient < 0 ? -(int32_t)quantise((uint32_t)-coefficient, reciprocal) : (int32_t)quantise((uint32_t)coefficient, reciprocal);
    int32_t difference = level - encoder->dc[component];
    uint32_t size = bit_length((uint32_t)(difference < 0 ? -difference : difference));

    encoder->dc[component] = level;
    return put_level(writer, encoder->work->dc[table][size], difference, size);
}

static BitWriter put_ac(BitWriter writer, const JpegWork *work, const int32_t *block, unsigned table)
{
    const uint32_t *reciprocals = work->reciprocals[table];
    const JpegCode *codes = work->ac[table];
    uint32_t run = 0;

    for (const uint8_t *natural = kZigzag + 1; natural < kZigzag + kCoefficients; natural++, run++) {
        int32_t coefficient = block[*natural];
        uint32_t magnitude = quantise((uint32_t)(coefficient < 0 ? -coefficient : coefficient), reciprocals[*natural]);
        if (!magnitude)
            continue;
        for (; run > 15; run -= 16)
            writer = put_bits(writer, codes[kZeroRun].bits, codes[kZeroRun].length);
        uint32_t size = bit_length(magnitude);
        writer = put_level(writer, codes[run << 4 | size], coefficient < 0 ? -(int32_t)magnitude : (int32_t)magnitude, size);
        run = UINT32_MAX; /* 0 at the next coefficient */
    }
    return run ? put_bits(writer, codes[kEndOfBlock].bits, codes[kEndOfBlock].length) : writer;
}

/* Transforms, quantises and codes a block of component `component`: 0 Y, 1 Cb, 2 Cr. False if there is no room. */
static bool put_block(Encoder *encoder, int32_t *block, unsigned component)
{
    unsigned table = component ? kChrominance : kLuminance;
    BitWriter writer = {encoder->target, encoder->bits, encoder->count};

    if (encoder->end - encoder->target < kBlockMaximum)
        return false;
    transform(block);
    writer = put_dc(writer, encoder, block[0], component, table);
    writer = put_ac(writer, encoder->work, block, table);
    encoder->target = writer.target;
    encoder->bits = writer.bits;
    encoder->count = writer.count;
    return true;
}

/* Y samples of the block whose upper left corner is `row`, `column` of the MCU row. */
static void load_luminance(JpegWork *work, size_t row, size_t column)
{
    const int8_t *colours = work->colours[0];
    int32_t *block = work->blocks[0];

    for (size_t i = 0; i < kBlock; i++) {
        const uint8_t *entries = work->entries[row + i] + column;
        for (size_t j = 0; j < kBlock; j++)
            *block++ = colours[entries[j]] * kSampleScale;
    }
}

/* Cb and Cr samples of the MCU at `column`: of each 2 × 2 pixels the sum, which is four times the mean. */
static void load_chrominance(JpegWork *work, size_t column)
{
    const int8_t *cb = work->colours[1], *cr = work->colours[2];
    int32_t *block = work->blocks[0];

    for (size_t i = 0; i < kMcu; i += 2) {
        const uint8_t *upper = work->entries[i] + column, *lower = work->entries[i + 1] + column;
        for (size_t j = 0; j < kMcu; j += 2, block++) {
            size_t a = upper[j], b = upper[j + 1], c = lower[j], d = lower[j + 1];
            block[0] = cb[a] + cb[b] + cb[c] + cb[d];
            block[kCoefficients] = cr[a] + cr[b] + cr[c] + cr[d];
        }
    }
}

static bool put_mcu(Encoder *encoder, size_t column)
{
    JpegWork *work = encoder->work;

    for (size_t i = 0; i < 4; i++) {
        load_luminance(work, i / 2 * kBlock, column + i % 2 * kBlock);
        if (!put_block(encoder, work->blocks[0], 0))
            return false;
    }
    load_chrominance(work, column);
    return put_block(encoder, work->blocks[0], 1) && put_block(encoder, work->blocks[1], 2);
}

static bool in_range(const JpegOptions *options)
{
    return options->low < options->high && options->palette < palette_count() && options->quality >= 1 && options->quality <= 100 &&
           options->scale >= 1 && options->scale <= kJpegScaleMaximum && options->comment_length <= kJpegCommentMaximum &&
           options->mark_count <= kJpegMarks;
}

size_t jpeg_encode(uint8_t *target, size_t capacity, JpegWork *work, const JpegOptions *options, const uint8_t *pixels)
{
    Encoder encoder = {.work = work, .target = target, .end = target + capacity};

    if (!in_range(options) || capacity < kHeaderMaximum + options->comment_length)
        return 0;
    for (int table = 0; table < 2; table++) {
        make_codes(work->dc[table], kDcCounts[table], kDcValues);
        make_codes(work->ac[table], kAcCounts[table], kAcOrder[table]);
    }
    make_steps(work, options->quality);
    make_colours(work, options);
    put_header(&encoder, options);

    PaletteRange range = palette_range(options->low, options->high);
    size_t width = kVospiColumns * (size_t)options->scale, height = kVospiRows * (size_t)options->scale;
    for (size_t mcu_row = 0; mcu_row * kMcu < height; mcu_row++) {
        make_mcu_row(work, options, &range, pixels, mcu_row);
        for (size_t column = 0; column < width; column += kMcu)
            if (!put_mcu(&encoder, column))
                return 0;
    }
    if (encoder.end - encoder.target < kBlockMaximum)
        return 0;
    /* The last byte is filled with ones. */
    encoder.target = put_bits((BitWriter){encoder.target, encoder.bits, encoder.count}, 0x7f, 7).target;
    put_word(&encoder, 0xffd9);
    return (size_t)(encoder.target - target);
}
