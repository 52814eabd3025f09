/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "frame-file.h"
#include "frame-pictures.h"

static _Alignas(4) uint8_t pixels[kVospiPixelBytes];
static char file_bytes[300000];
static FrameFile file;

static const char kDescription[] = "{\"unit\":\"K\",\"scale\":0.01}";
static const FrameFileOptions kUsual = {
    .centikelvin = 1,
    .palette = 2,
    .low = 29200,
    .high = 30900,
    .description = kDescription,
    .description_length = sizeof kDescription - 1,
    .date = "2026:11:29 14:21:37",
    .software = "tCam-Mini 4.1",
};

/* The whole file. Returns its length, or 0 if it is not the length that was promised. */
static size_t whole_file(const FrameFileOptions *options)
{
    size_t length = frame_file_start(&file, options, pixels);
    return frame_file_read(&file, (uint8_t *)file_bytes, sizeof file_bytes) == length ? length : 0;
}

static uint32_t little(size_t at, size_t count)
{
    uint32_t value = 0;
    while (count--)
        value = value << 8 | (uint8_t)file_bytes[at + count];
    return value;
}

static uint32_t big(size_t at, size_t count)
{
    uint32_t value = 0;
    for (size_t i = 0; i < count; i++)
        value = value << 8 | (uint8_t)file_bytes[at + i];
    return value;
}

static uint32_t crc_of(const void *bytes, size_t count)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < count; i++) {
        crc ^= ((const uint8_t *)bytes)[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
    }
    return ~crc;
}

/* True if the file has all pixels from `at` on, low byte first. */
static bool has_pixels(size_t at)
{
    for (size_t i = 0; i < kVospiPixels; i++)
        if (little(at + 2 * i, 2) != vospi_word(pixels, i))
            return false;
    return true;
}

/* The place of a PNG chunk's data, 0 if it is not there or a CRC before it is wrong. */
static size_t find_chunk(const char *type, uint32_t *length)
{
    for (size_t at = 8;; at += *length + 12) {
        *length = big(at, 4);
        if (big(at + 8 + *length, 4) != crc_of(file_bytes + at + 4, *length + 4))
            return 0;
        if (!memcmp(file_bytes + at + 4, type, 4))
            return at + 8;
        if (!memcmp(file_bytes + at + 4, "IEND", 4))
            return 0;
    }
}

/* The rows of a PNG, after zlib's and the block's header; 0 if these or the check value are wrong. */
static size_t find_rows(size_t bytes)
{
    uint32_t length, a = 1, b = 0;
    size_t at = find_chunk("IDAT", &length), rows = at + 7;
    if (!at || length != 7 + bytes + 4 || big(at, 2) != 0x7801 || file_bytes[at + 2] != 1)
        return 0;
    if (little(at + 3, 2) != bytes || little(at + 5, 2) != (bytes ^ 0xffff))
        return 0;
    for (size_t i = 0; i < bytes; i++) {
        a = (a + (uint8_t)file_bytes[rows + i]) % 65521;
        b = (b + a) % 65521;
    }
    return big(rows + bytes, 4) == (b << 16 | a) ? rows : 0;
}

TEST("frame file: raw and npy are the values, low byte first")
{
    FrameFileOptions options = kUsual;
    for (int picture = 0; picture < kTestPictures; picture++) {
        fill_picture(pixels, (TestPicture)picture);
        options.format = kFrameFileRaw;
        EXPECT_EQUAL(whole_file(&options), kVospiPixelBytes);
        EXPECT(has_pixels(0), "raw differs");
        options.format = kFrameFileNpy;
        EXPECT_EQUAL(whole_file(&options), 128 + kVospiPixelBytes);
        EXPECT(!memcmp(file_bytes, "\x93NUMPY\x01\x00\x76\x00{'descr': '<u2'", 25), "head");
        EXPECT_EQUAL(file_bytes[127], '\n');
        EXPECT(has_pixels(128), "npy differs");
    }
}

TEST("frame file: a TIFF has its tags in rising order, its texts and its pixels")
{
    FrameFileOptions options = kUsual;
    options.format = kFrameFileTiff;
    fill_picture(pixels, kPictureScene);
    size_t length = whole_file(&options), strip = 0, texts = 0;
    uint32_t last = 0;
    EXPECT(length, "no file");
    EXPECT(!memcmp(file_bytes, "II*\0\x08\0\0", 8), "head");
    EXPECT_EQUAL(little(8, 2), 13);
    for (size_t at = 10; at < 10 + 13 * 12; at += 12) {
        uint32_t tag = little(at, 2), count = little(at + 4, 4), value = little(at + 8, 4);
        EXPECT(tag > last, "tag %u after %u", tag, last);
        last = tag;
        if (tag == 273)
            strip = value;
        if (tag == 270 || tag == 305 || tag == 306) {
            const char *text = tag == 270 ? options.description : tag == 305 ? options.software : options.date;
            EXPECT_EQUAL(count, strlen(text) + 1);
            EXPECT(!strcmp(file_bytes + value, text), "tag %u is %s", tag, file_bytes + value);
            texts++;
        }
    }
    EXPECT_EQUAL(texts, 3);
    EXPECT_EQUAL(strip % 4, 0);
    EXPECT_EQUAL(length, strip + kVospiPixelBytes);
    EXPECT(has_pixels(strip), "pixels differ");
}

TEST("frame file: a TIFF without texts has fewer tags; a short text stands in its tag")
{
    FrameFileOptions options = {.format = kFrameFileTiff};
    EXPECT(whole_file(&options), "no file");
    EXPECT_EQUAL(little(8, 2), 10);
    options.description = "abc";
    options.description_length = 3;
    EXPECT(whole_file(&options), "no file");
    EXPECT_EQUAL(little(8, 2), 11);
    EXPECT_EQUAL(little(10 + 5 * 12, 2), 270);
    EXPECT(!strcmp(file_bytes + 10 + 5 * 12 + 8, "abc"), "text");
}

TEST("frame file: PNG of 16 bits has the pixels in its order, and right check values")
{
    FrameFileOptions options = kUsual;
    options.format = kFrameFilePng16;
    for (int picture = 0; picture < kTestPictures; picture++) {
        fill_picture(pixels, (TestPicture)picture);
        EXPECT(whole_file(&options), "no file");
        size_t rows = find_rows(kVospiRows * (1 + 2 * kVospiColumns));
        EXPECT(rows, "no rows");
        for (size_t row = 0; row < kVospiRows; row++) {
            EXPECT_EQUAL(file_bytes[rows + row * 321], 0);
            EXPECT(!memcmp(file_bytes + rows + row * 321 + 1, pixels + row * 320, 320), "row %zu", row);
        }
        uint32_t length;
        size_t text = find_chunk("tEXt", &length);
        EXPECT(text && !memcmp(file_bytes + text, "Description", 12), "no description");
        EXPECT(!memcmp(file_bytes + text + 12, kDescription, length - 12), "another description");
        EXPECT_EQUAL(length - 12, sizeof kDescription - 1);
    }
}

TEST("frame file: PNG of 8 bits has the palette's entries for the range")
{
    FrameFileOptions options = kUsual;
    uint8_t rgb[kPaletteEntries][3];
    uint32_t length;
    options.format = kFrameFilePng8;
    fill_picture(pixels, kPictureScene);
    EXPECT(whole_file(&options), "no file");
    size_t colours = find_chunk("PLTE", &length), rows = find_rows(kVospiRows * (1 + kVospiColumns));
    palette_rgb(rgb, options.palette);
    EXPECT(colours && length == sizeof rgb && !memcmp(file_bytes + colours, rgb, sizeof rgb), "palette");
    EXPECT(rows, "no rows");
    for (size_t i = 0; i < kVospiPixels; i++) {
        double position = ((double)vospi_word(pixels, i) - options.low) / (options.high - options.low) * 255;
        double entry = (uint8_t)file_bytes[rows + i / 160 * 161 + 1 + i % 160];
        EXPECT(fabs(entry - fmin(255, fmax(0, position))) <= 0.51, "pixel %zu is %.0f for %.2f", i, entry, position);
    }
}

TEST("frame file: CSV and JSON have every value, in degrees Celsius or as counts")
{
    static const uint8_t kUnits[] = {0, 1, 10};
    for (size_t unit = 0; unit < 3; unit++)
        for (int picture = 0; picture < kTestPictures; picture++)
            for (FrameFileFormat format = kFrameFileCsv; format <= kFrameFileJson; format++) {
                FrameFileOptions options = kUsual;
                options.format = format;
                options.centikelvin = kUnits[unit];
                fill_picture(pixels, (TestPicture)picture);
                size_t length = whole_file(&options);
                EXPECT(length, "no file");
                file_bytes[length] = 0;
                char *text = file_bytes + (format == kFrameFileJson ? 9 : 0);
                if (format == kFrameFileJson)
                    EXPECT(!memcmp(file_bytes, "{\"data\":\"", 9), "head");
                for (size_t i = 0; i < kVospiPixels; i++) {
                    char *end;
                    double value = strtod(text, &end), pixel = vospi_word(pixels, i);
                    double expected = kUnits[unit] ? (pixel * kUnits[unit] - 27315) / 100 : pixel;
                    EXPECT(fabs(value - expected) < 1e-9, "value %zu is %f, expected %f", i, value, expected);
                    bool last = i == kVospiPixels - 1, line = format == kFrameFileCsv && i % 160 == 159;
                    EXPECT_EQUAL(*end, line ? '\n' : last ? '"' : ',');
                    text = end + 1;
                }
                EXPECT(!strcmp(text, format == kFrameFileJson ? "}" : ""), "ends with %s", text);
            }
}

TEST("frame file: read in pieces of any size it is the same, and nothing is written beyond the room")
{
    static char pieces[sizeof file_bytes];
    Random random = {9};
    fill_picture(pixels, kPictureScene);
    for (FrameFileFormat format = 0; format < kFrameFileFormats; format++)
        for (size_t size = 0; size < 400; size += 57) {
            FrameFileOptions options = kUsual;
            options.format = format;
            size_t length = whole_file(&options), at = 0;
            EXPECT_EQUAL(frame_file_start(&file, &options, pixels), length);
            while (at < length) {
                /* 0 stands for another size every time. */
                size_t room = size ? size : random_below(&random, 5000);
                uint8_t *target = malloc(room ? room : 1);
                EXPECT(target, "no memory");
                size_t count = frame_file_read(&file, target, room);
                bool right = count == (room < length - at ? room : length - at);
                if (right)
                    memcpy(pieces + at, target, count);
                free(target);
                EXPECT(right, "%zu of %zu bytes at %zu", count, room, at);
                at += count;
            }
            EXPECT(!memcmp(pieces, file_bytes, length), "format %d differs in pieces of %zu", format, size);
            EXPECT_EQUAL(frame_file_read(&file, (uint8_t *)pieces, 10), 0);
        }
}

TEST("frame file: options out of range are refused")
{
    static char text[kFrameFileTextMaximum + 1];
    FrameFileOptions options = kUsual;
    options.format = kFrameFileFormats;
    EXPECT_EQUAL(frame_file_start(&file, &options, pixels), 0);
    options = kUsual;
    options.centikelvin = 11;
    EXPECT_EQUAL(frame_file_start(&file, &options, pixels), 0);
    options = kUsual;
    options.date = "2026-11-29";
    EXPECT_EQUAL(frame_file_start(&file, &options, pixels), 0);
    options = kUsual;
    options.software = "a name that is longer than thirty-one characters";
    EXPECT_EQUAL(frame_file_start(&file, &options, pixels), 0);
    options = kUsual;
    options.description = text;
    options.description_length = sizeof text;
    EXPECT_EQUAL(frame_file_start(&file, &options, pixels), 0);
    options = kUsual;
    options.format = kFrameFilePng8;
    options.high = options.low;
    EXPECT_EQUAL(frame_file_start(&file, &options, pixels), 0);
    options.high++;
    options.palette = (uint8_t)palette_count();
    EXPECT_EQUAL(frame_file_start(&file, &options, pixels), 0);
}
