/* SPDX-License-Identifier: Apache-2.0 */
#include "jpeg-decoder.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static const double kPi = 3.14159265358979323846;
enum { kSos = 0xda, kEoi = 0xd9, kSoi = 0xd8, kMarkers = 0xff };

typedef struct Huffman {
    uint8_t counts[17], values[256];
    bool defined;
} Huffman;

typedef struct Decoder {
    const uint8_t *at, *end;
    JpegPicture *picture;
    const char *error;
    double steps[2][64];
    Huffman tables[2][2]; /* DC or AC, then number */
    int32_t dc[3];
    uint32_t bits, count;
    bool without_samples;
} Decoder;

static const uint8_t kNatural[64] = {
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
};

static uint32_t fail(Decoder *decoder, const char *error)
{
    if (!decoder->error)
        decoder->error = error;
    return 0;
}

static uint32_t next_byte(Decoder *decoder)
{
    return decoder->at < decoder->end ? *decoder->at++ : fail(decoder, "ends early");
}

static uint32_t next_word(Decoder *decoder)
{
    uint32_t high = next_byte(decoder);
    return high << 8 | next_byte(decoder);
}

static uint32_t next_bit(Decoder *decoder)
{
    if (!decoder->count) {
        decoder->bits = next_byte(decoder);
        if (decoder->bits == 0xff && next_byte(decoder))
            fail(decoder, "marker in the scan");
        decoder->count = 8;
    }
    return decoder->bits >> --decoder->count & 1;
}

static int32_t next_level(Decoder *decoder, uint32_t size)
{
    int32_t value = 0;
    for (uint32_t i = 0; i < size; i++)
        value = value * 2 + (int32_t)next_bit(decoder);
    return size && value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
}

static uint32_t next_symbol(Decoder *decoder, const Huffman *table)
{
    uint32_t code = 0, first = 0, index = 0;
    for (uint32_t length = 1; length <= 16; length++) {
        code |= next_bit(decoder);
        if (code - first < table->counts[length])
            return table->values[index + code - first];
        index += table->counts[length];
        first = (first + table->counts[length]) << 1;
        code <<= 1;
    }
    return fail(decoder, "no such code");
}

static void put_block(Decoder *decoder, const double *coefficients, uint32_t component, uint32_t row, uint32_t column)
{
    static double cosines[8][8];
    if (cosines[0][0] == 0)
        for (int x = 0; x < 8; x++)
            for (int u = 0; u < 8; u++)
                cosines[x][u] = cos((2 * x + 1) * u * kPi / 16) * (u ? 0.5 : sqrt(0.125));
    JpegPicture *picture = decoder->picture;
    uint32_t divisor = component ? 2 : 1, stride = picture->stride / divisor;
    for (uint32_t y = 0; y < 8 && row + y < (picture->height + divisor - 1) / divisor; y++)
        for (uint32_t x = 0; x < 8; x++) {
            double value = 128;
            for (int v = 0; v < 8; v++)
                for (int u = 0; u < 8; u++)
                    if (coefficients[v * 8 + u] != 0)
                        value += coefficients[v * 8 + u] * cosines[y][v] * cosines[x][u];
            picture->planes[component][(row + y) * stride + column + x] = (uint8_t)fmin(255, fmax(0, value + 0.5));
        }
}

static void decode_block(Decoder *decoder, uint32_t component, uint32_t row, uint32_t column)
{
    double coefficients[64] = {0};
    uint32_t table = component > 0;

    uint32_t size = next_symbol(decoder, &decoder->tables[0][table]);
    if (size > 11)
        fail(decoder, "DC level too long");
    decoder->dc[component] += next_level(decoder, size > 11 ? 0 : size);
    coefficients[0] = decoder->dc[component] * decoder->steps[table][0];
    for (uint32_t i = 1; i < 64 && !decoder->error; i++) {
        uint32_t symbol = next_symbol(decoder, &decoder->tables[1][table]);
        if (!symbol)
            break;
        i += symbol >> 4;
        if (i > 63 || (symbol & 15) > 10) {
            fail(decoder, "AC level out of range");
            break;
        }
        coefficients[kNatural[i]] = next_level(decoder, symbol & 15) * decoder->steps[table][i];
    }
    if (!decoder->without_samples)
        put_block(decoder, coefficients, component, row, column);
}

static void decode_scan(Decoder *decoder)
{
    JpegPicture *picture = decoder->picture;
    for (uint32_t y = 0; y < picture->height && !decoder->error; y += 16)
        for (uint32_t x = 0; x < picture->width && !decoder->error; x += 16) {
            for (uint32_t i = 0; i < 4; i++)
                decode_block(decoder, 0, y + i / 2 * 8, x + i % 2 * 8);
            decode_block(decoder, 1, y / 2, x / 2);
            decode_block(decoder, 2, y / 2, x / 2);
        }
    if ((decoder->bits & ((1u << decoder->count) - 1)) != (1u << decoder->count) - 1)
        fail(decoder, "the last byte is not filled with ones");
    if (next_word(decoder) != (0xff00 | kEoi))
        fail(decoder, "no end of image");
    if (decoder->at != decoder->end)
        fail(decoder, "more after the end");
}

static void read_steps(Decoder *decoder, const uint8_t *end)
{
    while (decoder->at < end && !decoder->error) {
        uint32_t table = next_byte(decoder);
        for (int i = 0; i < 64; i++)
            decoder->steps[table & 1][i] = next_byte(decoder);
        if (table > 1)
            fail(decoder, "quantisation table");
    }
}

static void read_codes(Decoder *decoder, const uint8_t *end)
{
    while (decoder->at < end && !decoder->error) {
        uint32_t number = next_byte(decoder), total = 0;
        Huffman *table = &decoder->tables[number >> 4 & 1][number & 1];
        for (int i = 1; i <= 16; i++)
            total += table->counts[i] = (uint8_t)next_byte(decoder);
        for (uint32_t i = 0; i < total && i < 256; i++)
            table->values[i] = (uint8_t)next_byte(decoder);
        table->defined = true;
    }
}

static void read_frame(Decoder *decoder)
{
    static const uint8_t kComponents[] = {3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1};
    JpegPicture *picture = decoder->picture;
    if (next_byte(decoder) != 8)
        fail(decoder, "not 8 bits");
    picture->height = next_word(decoder);
    picture->width = picture->stride = next_word(decoder);
    if (picture->width > 320 || picture->height > 240 || picture->width % 16)
        fail(decoder, "size");
    for (size_t i = 0; i < sizeof kComponents; i++)
        if (next_byte(decoder) != kComponents[i])
            fail(decoder, "components");
}

/* Reads segments up to the scan. */
static void read_segments(Decoder *decoder)
{
    for (uint32_t marker = 0; marker != kSos && !decoder->error;) {
        if (next_byte(decoder) != kMarkers)
            fail(decoder, "no marker");
        marker = next_byte(decoder);
        uint32_t length = next_word(decoder);
        if (length < 2 || (size_t)(decoder->end - decoder->at) < length - 2) {
            fail(decoder, "length of a segment");
            return;
        }
        const uint8_t *end = decoder->at + length - 2;
        if (marker == 0xdb)
            read_steps(decoder, end);
        else if (marker == 0xc4)
            read_codes(decoder, end);
        else if (marker == 0xc0)
            read_frame(decoder);
        else if (marker == 0xfe) {
            decoder->picture->comment = decoder->at;
            decoder->picture->comment_length = length - 2;
            decoder->at = end;
        } else if (marker == 0xe0 || marker == kSos)
            decoder->at = end;
        else
            fail(decoder, "unknown segment");
        if (decoder->at != end)
            fail(decoder, "length of a segment is wrong");
    }
}

static const char *read_file(Decoder *decoder)
{
    if (next_word(decoder) != (0xff00 | kSoi))
        fail(decoder, "no start of image");
    read_segments(decoder);
    for (int i = 0; i < 4; i++)
        if (!decoder->tables[i / 2][i % 2].defined)
            fail(decoder, "a table is missing");
    if (!decoder->error)
        decode_scan(decoder);
    return decoder->error;
}

const char *jpeg_decode(JpegPicture *picture, const uint8_t *bytes, size_t length)
{
    Decoder decoder = {.at = bytes, .end = bytes + length, .picture = picture};

    memset(picture, 0, sizeof *picture);
    return read_file(&decoder);
}

const char *jpeg_read(JpegPicture *picture, const uint8_t *bytes, size_t length)
{
    Decoder decoder = {.at = bytes, .end = bytes + length, .picture = picture, .without_samples = true};

    return read_file(&decoder);
}
