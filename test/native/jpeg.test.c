/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "frame-pictures.h"
#include "jpeg-decoder.h"
#include "jpeg-encoder.h"

enum { kSafe = 300000 };

static _Alignas(4) uint8_t pixels[kVospiPixelBytes];
static uint8_t bytes[kSafe];
static JpegWork work;
static JpegPicture picture;
static double wanted[3][320 * 240];

static const JpegOptions kUsual = {.low = 29200, .high = 30900, .palette = 2, .quality = 80, .scale = 1};

static double value_at(const JpegOptions *options, uint32_t x, uint32_t y)
{
    if (options->scale == 1)
        return vospi_word(pixels, y * kVospiColumns + x);
    /* Between the four nearest pixels; those at the border are repeated. */
    double column = (x - 0.5) / 2, row = (y - 0.5) / 2, value = 0;
    int left = (int)floor(column), top = (int)floor(row);
    for (int i = 0; i < 4; i++) {
        int near_x = left + i % 2, near_y = top + i / 2;
        double weight = (1 - fabs(column - near_x)) * (1 - fabs(row - near_y));
        near_x = near_x < 0 ? 0 : near_x >= kVospiColumns ? kVospiColumns - 1 : near_x;
        near_y = near_y < 0 ? 0 : near_y >= kVospiRows ? kVospiRows - 1 : near_y;
        value += weight * vospi_word(pixels, (size_t)(near_y * kVospiColumns + near_x));
    }
    return value;
}

/* What a decoder without losses would give: Y of each pixel, Cb and Cr of each 2 × 2. */
static void make_wanted(const JpegOptions *options)
{
    static uint8_t rgb[kPaletteEntries][3];
    uint32_t width = kVospiColumns * options->scale, height = kVospiRows * options->scale;

    palette_rgb(rgb, options->palette);
    memset(wanted, 0, sizeof wanted);
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++) {
            double position = (floor(value_at(options, x, y) + 0.5) - options->low) / (options->high - options->low);
            const uint8_t *colour = rgb[(int)(fmin(1, fmax(0, position)) * 255 + 0.5)];
            double red = colour[0], green = colour[1], blue = colour[2];
            wanted[0][y * width + x] = 0.299 * red + 0.587 * green + 0.114 * blue;
            size_t quarter = y / 2 * (width / 2) + x / 2;
            wanted[1][quarter] += (128 - 0.168736 * red - 0.331264 * green + 0.5 * blue) / 4;
            wanted[2][quarter] += (128 + 0.5 * red - 0.418688 * green - 0.081312 * blue) / 4;
        }
}

/* Peak signal-to-noise ratio of a plane, in dB. */
static double psnr(int plane, uint32_t samples)
{
    double sum = 0;
    for (uint32_t i = 0; i < samples; i++)
        sum += pow(picture.planes[plane][i] - wanted[plane][i], 2);
    return 10 * log10(255.0 * 255.0 * samples / (sum + 1e-9));
}

#define EXPECT_QUALITY(OPTIONS, LUMA, CHROMA) \
    do { \
        const JpegOptions *options_ = (OPTIONS); \
        size_t length_ = jpeg_encode(bytes, sizeof bytes, &work, options_, pixels); \
        EXPECT(length_, "does not fit"); \
        const char *error_ = jpeg_decode(&picture, bytes, length_); \
        EXPECT(!error_, "%s", error_); \
        EXPECT_EQUAL(picture.width, kVospiColumns * options_->scale); \
        EXPECT_EQUAL(picture.height, kVospiRows * options_->scale); \
        make_wanted(options_); \
        for (int plane_ = 0; plane_ < 3; plane_++) { \
            double ratio_ = psnr(plane_, picture.width * picture.height / (plane_ ? 4 : 1)); \
            EXPECT(ratio_ >= (plane_ ? (CHROMA) : (LUMA)), "plane %d: %.2f dB", plane_, ratio_); \
        } \
    } while (0)

TEST("jpeg: a scene at quality 80 has 40 dB, in both sizes and every palette")
{
    fill_picture(pixels, kPictureScene);
    for (uint8_t scale = 1; scale <= kJpegScaleMaximum; scale++)
        for (unsigned palette = 0; palette < palette_count(); palette++) {
            JpegOptions options = kUsual;
            options.scale = scale;
            options.palette = (uint8_t)palette;
            EXPECT_QUALITY(&options, 40, 36);
        }
}

TEST("jpeg: at quality 100 the picture is almost the one that was encoded, for every kind")
{
    for (int kind = 0; kind < kTestPictures; kind++) {
        JpegOptions options = kUsual;
        fill_picture(pixels, (TestPicture)kind);
        options.quality = 100;
        if (kind != kPictureScene) {
            options.low = 0;
            options.high = kind == kPictureGrey ? 255 : 65535;
        }
        EXPECT_QUALITY(&options, 48, 48);
    }
}

TEST("jpeg: the comment has the given text, and is absent without a text")
{
    static char comment[kJpegCommentMaximum];
    JpegOptions options = kUsual;

    fill_picture(pixels, kPictureScene);
    EXPECT(!jpeg_decode(&picture, bytes, jpeg_encode(bytes, sizeof bytes, &work, &options, pixels)), "not decoded");
    EXPECT(!picture.comment, "a comment");
    memset(comment, 'c', sizeof comment);
    options.comment = comment;
    options.comment_length = sizeof comment;
    EXPECT(!jpeg_decode(&picture, bytes, jpeg_encode(bytes, sizeof bytes, &work, &options, pixels)), "not decoded");
    EXPECT_EQUAL(picture.comment_length, sizeof comment);
    EXPECT(!memcmp(picture.comment, comment, sizeof comment), "another comment");
}

TEST("jpeg: options out of range are refused")
{
    static const struct {
        const char *name;
        JpegOptions options;
    } kWrong[] = {
        {"range", {.low = 5, .high = 5, .quality = 80, .scale = 1}},
        {"range the other way round", {.low = 6, .high = 5, .quality = 80, .scale = 1}},
        {"palette", {.low = 0, .high = 5, .palette = 200, .quality = 80, .scale = 1}},
        {"quality 0", {.low = 0, .high = 5, .quality = 0, .scale = 1}},
        {"quality 101", {.low = 0, .high = 5, .quality = 101, .scale = 1}},
        {"scale 0", {.low = 0, .high = 5, .quality = 80, .scale = 0}},
        {"scale 3", {.low = 0, .high = 5, .quality = 80, .scale = 3}},
        {"comment", {.low = 0, .high = 5, .quality = 80, .scale = 1, .comment = "", .comment_length = kJpegCommentMaximum + 1}},
    };
    for (size_t i = 0; i < sizeof kWrong / sizeof *kWrong; i++)
        EXPECT(!jpeg_encode(bytes, sizeof bytes, &work, &kWrong[i].options, pixels), "%s is taken", kWrong[i].name);
}

TEST("jpeg: a picture that does not fit gives 0, and nothing is written beyond the room")
{
    JpegOptions options = kUsual;

    options.quality = 100;
    fill_picture(pixels, kPictureNoise);
    options.low = 0;
    options.high = 65535;
    size_t length = jpeg_encode(bytes, sizeof bytes, &work, &options, pixels);
    EXPECT(length > 10000, "%zu bytes", length);
    for (size_t room = 0; room < length + 1000; room += 619) {
        uint8_t *target = malloc(room ? room : 1);
        EXPECT(target, "no memory");
        size_t written = jpeg_encode(target, room, &work, &options, pixels);
        bool same = !written || (written == length && !memcmp(target, bytes, length));
        free(target);
        EXPECT(same, "%zu bytes into %zu", written, room);
        EXPECT(written || room < length + 500, "does not fit %zu bytes", room);
    }
}

TEST("jpeg: earlier contents of the work memory do not matter")
{
    static uint8_t again[kSafe];

    fill_picture(pixels, kPictureScene);
    for (uint8_t scale = 1; scale <= kJpegScaleMaximum; scale++) {
        JpegOptions options = kUsual;
        options.scale = scale;
        memset(&work, 0, sizeof work);
        size_t length = jpeg_encode(bytes, sizeof bytes, &work, &options, pixels);
        memset(&work, 0xee, sizeof work);
        EXPECT_EQUAL(jpeg_encode(again, sizeof again, &work, &options, pixels), length);
        EXPECT(!memcmp(again, bytes, length), "differs");
    }
}

TEST("palettes: have their own names, and go from one end to the other without jumps")
{
    for (unsigned i = 0; i < palette_count(); i++) {
        uint8_t rgb[kPaletteEntries][3];
        palette_rgb(rgb, i);
        EXPECT(*palette_name(i), "palette %u has no name", i);
        for (unsigned j = 0; j < i; j++)
            EXPECT(strcmp(palette_name(i), palette_name(j)), "two palettes %s", palette_name(i));
        for (int entry = 1; entry < kPaletteEntries; entry++)
            for (int channel = 0; channel < 3; channel++)
                EXPECT(abs(rgb[entry][channel] - rgb[entry - 1][channel]) <= 9, "%s jumps at %d", palette_name(i), entry);
    }
    uint8_t white[kPaletteEntries][3];
    palette_rgb(white, 0);
    for (int entry = 0; entry < kPaletteEntries; entry++)
        EXPECT_EQUAL(white[entry][1], entry);
}

/* Y of a pixel of the decoded picture. */
static int luma(uint32_t x, uint32_t y)
{
    return picture.planes[0][y * picture.stride + x];
}

/* Pixels of even and odd columns. */
static void fill_columns(uint16_t even, uint16_t odd)
{
    for (size_t i = 0; i < kVospiPixels; i++) {
        uint16_t value = i % 2 ? odd : even;
        pixels[2 * i] = (uint8_t)(value >> 8);
        pixels[2 * i + 1] = (uint8_t)value;
    }
}

static void encode_marks(uint8_t scale, const JpegMark *marks, size_t count)
{
    JpegOptions options = {.low = 0, .high = 65535, .palette = 0, .quality = 100, .scale = scale, .marks = marks, .mark_count = count};
    size_t length = jpeg_encode(bytes, sizeof bytes, &work, &options, pixels);

    EXPECT(length, "does not fit");
    EXPECT(!jpeg_decode(&picture, bytes, length), "not decoded");
}

TEST("jpeg: a mark has lines in its colour with black borders, around pixels that stay, and a text beside it")
{
    static const JpegMark mark = {.left = 30, .top = 20, .right = 31, .bottom = 22, .colour = kMarkWhite, .text = "-1.7"};

    fill_columns(0x8080, 0x8080);
    for (uint8_t scale = 1; scale <= kJpegScaleMaximum; scale++) {
        encode_marks(scale, &mark, 1);
        uint32_t left = 30 * scale, top = 20 * scale, right = 32 * scale - 1, bottom = 23 * scale - 1, changed = 0;
        for (uint32_t y = top; y <= bottom; y++)
            for (uint32_t x = left; x <= right; x++)
                EXPECT(abs(luma(x, y) - 128) < 12, "%u %u: %d", x, y, luma(x, y));
        for (uint32_t distance = 1; distance <= 4; distance++)
            for (uint32_t x = left - distance; x <= right + distance; x++)
                EXPECT(distance == 2 || distance == 3 ? luma(x, top - distance) > 200 : luma(x, top - distance) < 60, "%u: %d", x, luma(x, top - distance));
        /* The text: ground of (4 * 6 + 1) x 9, of which the glyphs' pixels are white: 5 + 10 + 4 + 11. */
        uint32_t white = 0, black = 0;
        for (uint32_t y = 0; y < picture.height; y++)
            for (uint32_t x = right + 6; x < right + 6 + 25 * scale; x++) {
                white += luma(x, y) > 200;
                black += luma(x, y) < 60;
            }
        EXPECT_EQUAL(white, 30u * scale * scale);
        EXPECT_EQUAL(white + black, 25u * 9 * scale * scale);
        for (uint32_t y = 0; y < picture.height; y++)
            for (uint32_t x = 0; x < picture.width; x++)
                changed += abs(luma(x, y) - 128) > 60;
        EXPECT(changed < 25u * 9 * scale * scale + 4 * (4 * 12 * scale + 24), "%u pixels changed", changed);
    }
}

TEST("jpeg: marks at the edges stay in the picture, with their text on the side that has room")
{
    static const uint8_t kCorners[][2] = {{0, 0}, {159, 0}, {0, 119}, {159, 119}};

    fill_columns(0x8080, 0x8080);
    for (uint8_t scale = 1; scale <= kJpegScaleMaximum; scale++)
        for (size_t i = 0; i < sizeof kCorners / sizeof *kCorners; i++) {
            JpegMark mark = {.left = kCorners[i][0], .top = kCorners[i][1], .right = kCorners[i][0], .bottom = kCorners[i][1],
                             .colour = (uint8_t)(i % kMarkColours), .text = "12345.78"};
            encode_marks(scale, &mark, 1);
            uint32_t black = 0;
            for (uint32_t y = 0; y < picture.height; y++)
                for (uint32_t x = 0; x < picture.width; x++)
                    black += luma(x, y) < 60;
            EXPECT(black > 200u * scale * scale && black < 500u * scale * scale, "%u black pixels", black);
        }
}

TEST("jpeg: the colours of the marks are red and blue, and no pixel of the picture has them")
{
    static const JpegMark marks[] = {
        {.left = 10, .top = 10, .right = 60, .bottom = 60, .colour = kMarkRed},
        {.left = 80, .top = 10, .right = 130, .bottom = 60, .colour = kMarkBlue},
    };
    fill_columns(0, 65535);
    encode_marks(2, marks, 2);
    /* On the left lines, two pixels from the marked ones. */
    uint32_t row = 20 * (picture.stride / 2), red = row + (2 * 10 - 2) / 2, blue = row + (2 * 80 - 2) / 2;
    EXPECT(picture.planes[2][red] > 150 && picture.planes[1][red] < 128, "red: %d %d", picture.planes[1][red], picture.planes[2][red]);
    EXPECT(picture.planes[1][blue] > 150 && picture.planes[2][blue] < 128, "blue: %d %d", picture.planes[1][blue], picture.planes[2][blue]);
    encode_marks(1, marks, 2);
    for (uint32_t y = 100; y < picture.height; y++)
        for (uint32_t x = 0; x + 1 < picture.width; x += 2)
            EXPECT(luma(x, y) < 60 && luma(x + 1, y) > 195, "%d %d", luma(x, y), luma(x + 1, y));
}
