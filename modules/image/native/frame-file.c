/* SPDX-License-Identifier: Apache-2.0 */
#include "frame-file.h"

#include <string.h>
#include "frame-pixels.h"

enum {
    kUnitHeader = 0,
    kUnitEnd = kVospiRows + 1,
    kNpyHeader = 128,
    kTiffEntries = 13,
    kTiffEntryBytes = 12,
    kTiffAscii = 2,
    kTiffShort = 3,
    kTiffLong = 4,
    kDateBytes = 20,
    kSoftwareMaximum = 31,
    kAdlerBase = 65521,
    kCentikelvinZero = 27315, /* 0 °C */
    kValueMaximum = 7,        /* "6280.35" */
};

_Static_assert(kFrameFileBuffer >= kVospiColumns * (kValueMaximum + 1) + 1, "a row of text");
_Static_assert(kFrameFileBuffer >= 900 + kFrameFileTextMaximum, "a header of PNG with palette and text");

/* Appends to the buffer. */
static void put(FrameFile *file, const void *bytes, size_t count)
{
    memcpy(file->buffer + file->count, bytes, count);
    file->count += count;
}

static void put_byte(FrameFile *file, unsigned value)
{
    file->buffer[file->count++] = (uint8_t)value;
}

static void put_little_16(FrameFile *file, uint32_t value)
{
    put_byte(file, value);
    put_byte(file, value >> 8);
}

static void put_little_32(FrameFile *file, uint32_t value)
{
    put_little_16(file, value);
    put_little_16(file, value >> 16);
}

static void put_big_32(FrameFile *file, uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        put_byte(file, value >> shift);
}

static void put_npy_header(FrameFile *file)
{
    static const char kHead[] = "\x93NUMPY\x01\x00\x76\x00{'descr': '<u2', 'fortran_order': False, 'shape': (120, 160), }";

    put(file, kHead, sizeof kHead - 1);
    while (file->count < kNpyHeader - 1)
        put_byte(file, ' ');
    put_byte(file, '\n');
}

/* A field of the directory with one number, or with the place of its values. */
static void put_tiff_entry(FrameFile *file, unsigned tag, unsigned type, size_t count, size_t value)
{
    put_little_16(file, tag);
    put_little_16(file, type);
    put_little_32(file, (uint32_t)count);
    put_little_32(file, (uint32_t)value);
}

static void put_tiff_header(FrameFile *file, const FrameFileOptions *options)
{
    size_t software_length = options->software ? strlen(options->software) + 1 : 0;
    size_t description_length = options->description ? options->description_length + 1 : 0;
    size_t entries = kTiffEntries - (size_t)!software_length - (size_t)!description_length - (size_t)!options->date;
    size_t description_at = 8 + 2 + entries * kTiffEntryBytes + 4;
    size_t software_at = description_at + description_length, date_at = software_at + software_length;
    size_t pixels_at = (date_at + (options->date ? kDateBytes : 0) + 3) & ~(size_t)3;
    /* Up to four characters stand in the field itself. */
    uint32_t inside = 0;

    put(file, "II*\0\x08\0\0", 8);
    put_little_16(file, (uint32_t)entries);
    put_tiff_entry(file, 256, kTiffShort, 1, kVospiColumns);
    put_tiff_entry(file, 257, kTiffShort, 1, kVospiRows);
    put_tiff_entry(file, 258, kTiffShort, 1, 16);
    put_tiff_entry(file, 259, kTiffShort, 1, 1); /* no compression */
    put_tiff_entry(file, 262, kTiffShort, 1, 1); /* 0 is black */
    if (description_length) {
        memcpy(&inside, options->description, description_length <= 4 ? description_length - 1 : 0);
        put_tiff_entry(file, 270, kTiffAscii, description_length, description_length <= 4 ? inside : description_at);
    }
    put_tiff_entry(file, 273, kTiffLong, 1, pixels_at);
    put_tiff_entry(file, 277, kTiffShort, 1, 1);
    put_tiff_entry(file, 278, kTiffShort, 1, kVospiRows);
    put_tiff_entry(file, 279, kTiffLong, 1, kVospiPixelBytes);
    inside = 0;
    if (software_length) {
        memcpy(&inside, options->software, software_length <= 4 ? software_length - 1 : 0);
        put_tiff_entry(file, 305, kTiffAscii, software_length, software_length <= 4 ? inside : software_at);
    }
    if (options->date)
        put_tiff_entry(file, 306, kTiffAscii, kDateBytes, date_at);
    put_tiff_entry(file, 339, kTiffShort, 1, 1); /* unsigned */
    put_little_32(file, 0);
    if (description_length) {
        put(file, options->description, options->description_length);
        put_byte(file, 0);
    }
    if (software_length)
        put(file, options->software, software_length);
    if (options->date)
        put(file, options->date, kDateBytes);
    while (file->count < pixels_at)
        put_byte(file, 0);
}

/* CRC-32 of PNG (ISO 3309), four bits at a time. */
static void add_crc(FrameFile *file, const uint8_t *bytes, size_t count)
{
    static const uint32_t kTable[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
        0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    uint32_t crc = file->crc;

    for (const uint8_t *end = bytes + count; bytes < end; bytes++) {
        crc ^= *bytes;
        crc = crc >> 4 ^ kTable[crc & 15];
        crc = crc >> 4 ^ kTable[crc & 15];
    }
    file->crc = crc;
}

static void begin_chunk(FrameFile *file, size_t length, const char *type)
{
    put_big_32(file, (uint32_t)length);
    file->crc = UINT32_MAX;
    add_crc(file, (const uint8_t *)type, 4);
    put(file, type, 4);
}

/* Appends to the chunk. */
static void put_chunk(FrameFile *file, const void *bytes, size_t count)
{
    add_crc(file, bytes, count);
    put(file, bytes, count);
}

static void end_chunk(FrameFile *file)
{
    put_big_32(file, ~file->crc);
}

/* Bytes of a PNG row: its filter, then values. */
static size_t png_row_bytes(FrameFileFormat format)
{
    return 1 + kVospiColumns * (format == kFrameFilePng16 ? 2u : 1u);
}

static void put_png_header(FrameFile *file, const FrameFileOptions *options)
{
    static const char kKeyword[] = "Description";
    uint8_t rgb[kPaletteEntries][3];
    bool wide = options->format == kFrameFilePng16;
    uint32_t block = (uint32_t)(kVospiRows * png_row_bytes(options->format));
    const uint8_t size[] = {0, 0, 0, kVospiColumns, 0, 0, 0, kVospiRows, wide ? 16 : 8, wide ? 0 : 3, 0, 0, 0};
    /* zlib's header, then the one block of deflate: last, stored, its length and the complement. */
    const uint8_t data[] = {0x78, 0x01, 0x01, (uint8_t)block, (uint8_t)(block >> 8), (uint8_t)~block, (uint8_t)(~block >> 8)};

    put(file, "\x89PNG\r\n\x1a\n", 8);
    begin_chunk(file, sizeof size, "IHDR");
    put_chunk(file, size, sizeof size);
    end_chunk(file);
    if (!wide) {
        palette_rgb(rgb, options->palette);
        begin_chunk(file, sizeof rgb, "PLTE");
        put_chunk(file, rgb, sizeof rgb);
        end_chunk(file);
    }
    if (options->description) {
        begin_chunk(file, sizeof kKeyword + options->description_length, "tEXt");
        put_chunk(file, kKeyword, sizeof kKeyword);
        put_chunk(file, options->description, options->description_length);
        end_chunk(file);
    }
    begin_chunk(file, sizeof data + block + 4, "IDAT");
    put_chunk(file, data, sizeof data);
    file->adler[0] = 1;
    file->adler[1] = 0;
}

static void put_png_row(FrameFile *file, const uint8_t *row)
{
    uint8_t *line = file->buffer + file->count;
    size_t bytes = png_row_bytes(file->format);

    put_byte(file, 0);
    if (file->format == kFrameFilePng16)
        put(file, row, 2 * kVospiColumns);
    else
        for (size_t i = 0; i < kVospiColumns; i++)
            put_byte(file, palette_entry(&file->range, vospi_word(row, i)));
    add_crc(file, line, bytes);
    for (size_t i = 0; i < bytes; i++) {
        file->adler[0] += line[i];
        file->adler[1] += file->adler[0];
    }
    /* 321 bytes do not overflow the sums. */
    file->adler[0] %= kAdlerBase;
    file->adler[1] %= kAdlerBase;
}

static void put_png_end(FrameFile *file)
{
    uint32_t sum = file->adler[1] << 16 | file->adler[0];
    const uint8_t adler[] = {(uint8_t)(sum >> 24), (uint8_t)(sum >> 16), (uint8_t)(sum >> 8), (uint8_t)sum};

    put_chunk(file, adler, sizeof adler);
    end_chunk(file);
    begin_chunk(file, 0, "IEND");
    end_chunk(file);
}

/* Writes a value as decimal text: degrees Celsius with two decimals, or counts. Returns its length. */
static size_t format_value(char text[kValueMaximum + 1], uint32_t value, unsigned centikelvin)
{
    char digits[kValueMaximum + 1];
    size_t count = 0, length = 0;
    int32_t number = centikelvin ? (int32_t)(value * centikelvin) - kCentikelvinZero : (int32_t)value;
    uint32_t left = (uint32_t)(number < 0 ? -number : number);

    /* From the last digit on. */
    do {
        if (centikelvin && count == 2)
            digits[count++] = '.';
        digits[count++] = (char)('0' + left % 10);
        left /= 10;
    } while (left || (centikelvin && count < 4));
    if (number < 0)
        digits[count++] = '-';
    while (count)
        text[length++] = digits[--count];
    return length;
}

static bool is_text(FrameFileFormat format)
{
    return format == kFrameFileCsv || format == kFrameFileJson;
}

/* A row of text: values with commas between them, and what follows the row. */
static void put_text_row(FrameFile *file, const uint8_t *row, bool last)
{
    char text[kValueMaximum + 1];

    for (size_t i = 0; i < kVospiColumns; i++) {
        if (i)
            put_byte(file, ',');
        put(file, text, format_value(text, vospi_word(row, i), file->centikelvin));
    }
    if (file->format == kFrameFileCsv)
        put_byte(file, '\n');
    else if (!last)
        put_byte(file, ',');
}

static const char kJsonHead[] = "{\"data\":\"", kJsonTail[] = "\"}";

static void make_header(FrameFile *file, const FrameFileOptions *options)
{
    switch (options->format) {
    case kFrameFileNpy:
        put_npy_header(file);
        break;
    case kFrameFileTiff:
        put_tiff_header(file, options);
        break;
    case kFrameFilePng16:
    case kFrameFilePng8:
        put_png_header(file, options);
        break;
    case kFrameFileJson:
        put(file, kJsonHead, sizeof kJsonHead - 1);
        break;
    default:
        break;
    }
}

static void make_row(FrameFile *file, size_t index)
{
    const uint8_t *row = file->pixels + 2 * kVospiColumns * index;

    if (file->format == kFrameFilePng16 || file->format == kFrameFilePng8)
        put_png_row(file, row);
    else if (is_text(file->format))
        put_text_row(file, row, index == kVospiRows - 1);
    else
        for (size_t i = 0; i < kVospiColumns; i++)
            put_little_16(file, vospi_word(row, i));
}

static void make_end(FrameFile *file)
{
    if (file->format == kFrameFilePng16 || file->format == kFrameFilePng8)
        put_png_end(file);
    else if (file->format == kFrameFileJson)
        put(file, kJsonTail, sizeof kJsonTail - 1);
}

/* Characters of all values with what separates them. */
static size_t text_length(const FrameFile *file)
{
    char text[kValueMaximum + 1];
    size_t length = file->format == kFrameFileCsv ? kVospiPixels : kVospiPixels - 1 + sizeof kJsonTail - 1;

    for (size_t i = 0; i < kVospiPixels; i++)
        length += format_value(text, vospi_word(file->pixels, i), file->centikelvin);
    return length;
}

static bool in_range(const FrameFileOptions *options)
{
    if ((unsigned)options->format >= kFrameFileFormats || options->centikelvin > 10)
        return false;
    if (options->description && options->description_length > kFrameFileTextMaximum)
        return false;
    if (options->software && strlen(options->software) > kSoftwareMaximum)
        return false;
    if (options->date && strlen(options->date) != kDateBytes - 1)
        return false;
    return options->format != kFrameFilePng8 || (options->palette < palette_count() && options->low < options->high);
}

size_t frame_file_start(FrameFile *file, const FrameFileOptions *options, const uint8_t *pixels)
{
    if (!in_range(options))
        return 0;
    file->pixels = pixels;
    file->format = options->format;
    file->centikelvin = options->centikelvin;
    if (options->format == kFrameFilePng8)
        file->range = palette_range(options->low, options->high);
    file->at = file->count = 0;
    make_header(file, options);
    file->unit = kUnitHeader + 1;
    size_t header = file->count;
    if (is_text(options->format))
        return header + text_length(file);
    if (options->format != kFrameFilePng16 && options->format != kFrameFilePng8)
        return header + kVospiPixelBytes;
    /* Adler-32 and CRC-32 end the data; 12 bytes are the last chunk. */
    return header + kVospiRows * png_row_bytes(options->format) + 4 + 4 + 12;
}

/* Makes the next part. False after the last one. */
static bool make_unit(FrameFile *file)
{
    if (file->unit > kUnitEnd)
        return false;
    file->at = file->count = 0;
    if (file->unit < kUnitEnd)
        make_row(file, (size_t)file->unit - 1);
    else
        make_end(file);
    file->unit++;
    return true;
}

size_t frame_file_read(FrameFile *file, uint8_t *target, size_t size)
{
    size_t written = 0;

    while (written < size) {
        size_t left = file->count - file->at, count = left < size - written ? left : size - written;
        memcpy(target + written, file->buffer + file->at, count);
        file->at += count;
        written += count;
        if (file->at == file->count && !make_unit(file))
            break;
    }
    return written;
}
