/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Fuzzes what is made of a frame: for any pixels, options and room, the statistics are those of a plain count, lossless
 * bytes decode to the pixels, a JPEG can be read, and a file read in pieces has the length that was promised.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "frame-file.h"
#include "frame-pictures.h"
#include "frame-statistics.h"
#include "jpeg-decoder.h"
#include "jpeg-encoder.h"
#include "lossless-decoder.h"
#include "lossless-encoder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    kOptions = 16,
    kWhole = 16,
    kRoom = 120000,
    kLittleRoom = 4000, /* five rows of lossless bytes at least */
    kJpegHeader = 640,
    kLittleScan = 1000,
};

static _Alignas(4) uint8_t pixels[kVospiPixelBytes];

static void require(bool condition)
{
    if (!condition)
        abort();
}

/*
 * Pixels from the input: values around a level that repeat after up to kTile pixels; the rest of the input is part of them, and
 * sets single pixels.
 */
static void colour(const uint8_t *data, size_t size)
{
    uint32_t level = data[0] << 8 | data[1], shift = data[2] & 15, state = data[3];
    size_t tile = 1 + (data[2] >> 4) * 16u + data[3];
    const uint8_t *rest = data + kOptions;

    size -= kOptions;
    for (size_t i = 0; i < tile; i++) {
        state = state * 1664525 + 1013904223 + (size ? rest[i % size] : 0u);
        set_pixel(pixels, i, (level + (state >> 16 >> shift)) & 0xffff);
    }
    for (size_t bytes = 2 * tile, more; bytes < sizeof pixels; bytes += more) {
        more = bytes < sizeof pixels - bytes ? bytes : sizeof pixels - bytes;
        memcpy(pixels + bytes, pixels, more);
    }
    for (size_t i = 0; i + 4 <= size; i += 4)
        set_pixel(pixels, (size_t)(rest[i] << 8 | rest[i + 1]) % kVospiPixels, (uint32_t)(rest[i + 2] << 8 | rest[i + 3]));
}

static void check_statistics(void)
{
    static FrameStatisticsWork work;
    static uint16_t counts[65536]; /* zero between calls */
    FrameStatistics statistics;
    uint64_t sum = 0;
    uint32_t seen = 0, low = 0, high = 0;

    for (size_t i = 0; i < kVospiPixels; i++) {
        counts[vospi_word(pixels, i)]++;
        sum += vospi_word(pixels, i);
    }
    while ((seen += counts[low]) < kVospiPixels / 100)
        low++;
    for (seen = 0; (seen += counts[high]) < kVospiPixels - kVospiPixels / 100;)
        high++;
    for (size_t i = 0; i < kVospiPixels; i++)
        counts[vospi_word(pixels, i)] = 0;
    frame_statistics(&statistics, &work, pixels);
    require(statistics.percentile_1 == low && statistics.percentile_99 == high);
    require(statistics.mean == (sum + kVospiPixels / 2) / kVospiPixels);
    require(vospi_word(pixels, statistics.minimum_at) == statistics.minimum);
    require(vospi_word(pixels, statistics.maximum_at) == statistics.maximum);
    for (size_t i = 0; i < kVospiPixels; i++) {
        uint32_t value = vospi_word(pixels, i);
        require(value > statistics.minimum || (value == statistics.minimum && i >= statistics.minimum_at));
        require(value < statistics.maximum || (value == statistics.maximum && i >= statistics.maximum_at));
    }
}

static void check_lossless(size_t room)
{
    static uint8_t decoded[sizeof pixels];
    uint8_t *bytes = malloc(room);
    require(bytes != NULL);
    size_t length = lossless_encode(bytes, room, pixels);
    require(length <= room && (length || room < kRoom));
    if (length)
        require(lossless_decode(decoded, bytes, length) == length && !memcmp(decoded, pixels, sizeof pixels));
    free(bytes);
}

static void check_jpeg(const uint8_t *data, size_t room, bool read)
{
    static JpegWork work;
    static JpegPicture picture;
    JpegMark marks[kJpegMarks];
    for (size_t i = 0; i < kJpegMarks; i++) {
        marks[i] = (JpegMark){.left = data[i], .top = data[i + 1], .right = data[i + 2], .bottom = data[i + 3], .colour = data[i + 4]};
        memcpy(marks[i].text, data + i, sizeof marks[i].text);
    }
    JpegOptions options = {
        .low = (uint16_t)(data[4] << 8 | data[5]),
        .high = (uint16_t)(data[6] << 8 | data[7]),
        .palette = data[8] % 12,
        .quality = data[9] % 104,
        .scale = data[10] % 4,
        .comment = (const char *)data,
        .comment_length = data[11] % kOptions,
        .marks = marks,
        .mark_count = (data[11] >> 4) % (kJpegMarks + 1),
    };
    uint8_t *bytes = malloc(room);
    require(bytes != NULL);
    size_t length = jpeg_encode(bytes, room, &work, &options, pixels);
    require(length <= room);
    if (length && read)
        require(!jpeg_read(&picture, bytes, length) && picture.width == kVospiColumns * (uint32_t)options.scale);
    free(bytes);
}

/* Reads a file to its end, or only `reads` times. */
static void check_file(const uint8_t *data, FrameFileFormat format, size_t reads)
{
    static FrameFile file;
    FrameFileOptions options = {
        .format = format,
        .centikelvin = data[5] % 12,
        .palette = data[8] % 12,
        .low = (uint16_t)(data[6] << 8),
        .high = (uint16_t)(data[7] << 8),
        .description = data[9] & 1 ? (const char *)data : NULL,
        .description_length = data[9] % kOptions,
        .date = data[9] & 2 ? "2026:11:29 14:21:37" : NULL,
        .software = data[9] & 4 ? "tCam" : NULL,
    };
    size_t length = frame_file_start(&file, &options, pixels), total = 0;
    for (size_t turn = 0; length && turn < reads; turn++) {
        size_t room = 1 + data[turn % kOptions] * 37u, count;
        uint8_t *bytes = malloc(room);
        require(bytes != NULL);
        total += count = frame_file_read(&file, bytes, room);
        free(bytes);
        if (count < room) {
            require(total == length);
            return;
        }
    }
    require(total <= length);
}

/*
 * 16 bytes: pixels and options; the rest varies the pixels. An execution makes one thing: one in kWhole makes all of it, with the
 * checks that need all of it; the others have little room or read a part, as that takes a hundredth of the time.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t sum = 0;

    if (size < kOptions)
        return 0;
    for (size_t i = 0; i < size; i++)
        sum = sum * 31 + data[i];
    bool whole = sum % kWhole == 0;
    size_t number = (size_t)(data[14] << 8 | data[15]);
    size_t room = 1 + (whole ? number % kRoom + (data[13] & 1 ? kRoom : 0u) : number % kLittleRoom);
    colour(data, size);
    if (whole && data[12] & 0x80) {
        check_statistics();
        return 0;
    }
    switch (data[12] % 3) {
    case 0:
        check_lossless(room);
        break;
    case 1:
        check_jpeg(data, whole ? room : kJpegHeader + room % kLittleScan, whole);
        break;
    default:
        /* The length of a text needs all of its values. */
        check_file(data, (FrameFileFormat)(data[4] % (whole ? kFrameFileFormats + 1u : kFrameFileCsv)), whole ? SIZE_MAX : data[13] % 16);
        break;
    }
    return 0;
}
