/* SPDX-License-Identifier: Apache-2.0 */
#include "jpeg-marks.h"

#include <string.h>

/* Reserved entries, at both ends of the palette, where the next one looks almost the same. */
enum { kEntryBlack = 0, kEntryBlue = 1, kEntryRed = 254, kEntryWhite = 255 };

enum {
    kLine = 2,        /* of the coloured lines, whose first is at this distance: Cb and Cr have half the resolution */
    kGlyphWidth = 5,
    kGlyphHeight = 7,
    kGlyphStep = kGlyphWidth + 1,
    kTextGap = 6,     /* from the pixels to the text's ground: the lines, a black one on each side of them, and a pixel */
};

/* Of 0 to 9, '-' and '.': rows from the top; bit 4 is the left pixel. */
static const uint8_t kGlyphs[][kGlyphHeight] = {
    {0x0e, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0e}, {0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e}, {0x0e, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1f},
    {0x1f, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0e}, {0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02}, {0x1f, 0x10, 0x1e, 0x01, 0x01, 0x11, 0x0e},
    {0x06, 0x08, 0x10, 0x1e, 0x11, 0x11, 0x0e}, {0x1f, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08}, {0x0e, 0x11, 0x11, 0x0e, 0x11, 0x11, 0x0e},
    {0x0e, 0x11, 0x11, 0x0f, 0x01, 0x02, 0x0c}, {0x00, 0x00, 0x00, 0x1f, 0x00, 0x00, 0x00}, {0x00, 0x00, 0x00, 0x00, 0x00, 0x0c, 0x0c},
};

/* The glyph of a character; NULL: blank. */
static const uint8_t *glyph_of(char character)
{
    if (character >= '0' && character <= '9')
        return kGlyphs[character - '0'];
    return character == '-' ? kGlyphs[10] : character == '.' ? kGlyphs[11] : NULL;
}

static const uint8_t kEntries[kMarkColours] = {kEntryWhite, kEntryRed, kEntryBlue};

void marks_reserve(uint8_t rgb[][3])
{
    static const uint8_t kColours[][4] = {
        {kEntryBlack, 0, 0, 0},
        {kEntryBlue, 0x2f, 0x7b, 0xff},
        {kEntryRed, 0xe8, 0x37, 0x2c},
        {kEntryWhite, 0xff, 0xff, 0xff},
    };

    for (size_t i = 0; i < sizeof kColours / sizeof *kColours; i++)
        memcpy(rgb[kColours[i][0]], kColours[i] + 1, 3);
}

/* Fills a rectangle, both ends included, as far as it is in the rows. */
static void fill(const MarkedRows *rows, int left, int top, int right, int bottom, uint8_t entry)
{
    int first = (int)rows->first, end = first + (int)rows->count;

    if (left < 0)
        left = 0;
    if (right >= (int)rows->width)
        right = (int)rows->width - 1;
    for (int y = top < first ? first : top; y <= bottom && y < end && left <= right; y++)
        memset(rows->entries + (size_t)(y - first) * rows->stride + left, entry, (size_t)(right - left + 1));
}

/* A line of one pixel around a rectangle, `distance` pixels from it. */
static void outline(const MarkedRows *rows, int left, int top, int right, int bottom, int distance, uint8_t entry)
{
    left -= distance;
    top -= distance;
    right += distance;
    bottom += distance;
    fill(rows, left, top, right, top, entry);
    fill(rows, left, bottom, right, bottom, entry);
    fill(rows, left, top, left, bottom, entry);
    fill(rows, right, top, right, bottom, entry);
}

/* Text of white on black; `left` and `top` are those of its ground. A pixel of a glyph is `scale` pixels wide. */
static void draw_text(const MarkedRows *rows, int left, int top, const char *text, size_t length)
{
    int size = (int)rows->scale;

    fill(rows, left, top, left + ((int)length * kGlyphStep + 1) * size - 1, top + (kGlyphHeight + 2) * size - 1, kEntryBlack);
    for (size_t i = 0; i < length; i++) {
        const uint8_t *glyph = glyph_of(text[i]);
        for (int row = 0; glyph && row < kGlyphHeight; row++)
            for (int column = 0; column < kGlyphWidth; column++)
                if (glyph[row] & 0x10 >> column) {
                    int x = left + ((int)i * kGlyphStep + 1 + column) * size, y = top + (1 + row) * size;
                    fill(rows, x, y, x + size - 1, y + size - 1, kEntryWhite);
                }
    }
}

static int clamped(int value, int high)
{
    return value < 0 ? 0 : value > high ? high : value;
}

static void draw_mark(const MarkedRows *rows, const JpegMark *mark)
{
    int size = (int)rows->scale, left = mark->left * size, top = mark->top * size;
    int right = (mark->right + 1) * size - 1, bottom = (mark->bottom + 1) * size - 1;
    size_t length = 0;

    while (length < sizeof mark->text && mark->text[length])
        length++;

    outline(rows, left, top, right, bottom, kLine - 1, kEntryBlack);
    for (int distance = kLine; distance < 2 * kLine; distance++)
        outline(rows, left, top, right, bottom, distance, kEntries[mark->colour < kMarkColours ? mark->colour : kMarkWhite]);
    outline(rows, left, top, right, bottom, 2 * kLine, kEntryBlack);
    if (!length)
        return;
    int width = ((int)length * kGlyphStep + 1) * size, height = (kGlyphHeight + 2) * size;
    int x = right + kTextGap;
    if (x + width > (int)rows->width)
        x = left - kTextGap - width + 1;
    draw_text(rows, clamped(x, (int)rows->width - width), clamped((top + bottom + 1 - height) / 2, (int)rows->height - height), mark->text, length);
}

void marks_draw(const MarkedRows *rows, const JpegMark *marks, size_t count)
{
    for (size_t y = 0; y < rows->count; y++) {
        uint8_t *entries = rows->entries + y * rows->stride;
        for (size_t x = 0; x < rows->width; x++)
            entries[x] = entries[x] <= kEntryBlue ? kEntryBlue + 1 : entries[x] >= kEntryRed ? kEntryRed - 1 : entries[x];
    }
    for (size_t i = 0; i < count; i++)
        draw_mark(rows, &marks[i]);
}
