/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JPEG_MARKS_H
#define JPEG_MARKS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Marks in a picture of palette entries: lines around some pixels, and a short text beside them. Their colours take the
 * place of four entries. Portable: no OS, no malloc, no globals.
 */

enum { kJpegMarks = 3, kJpegMarkText = 8 };

typedef enum JpegMarkColour {
    kMarkWhite,
    kMarkRed,
    kMarkBlue,
    kMarkColours, /* the number of colours */
} JpegMarkColour;

typedef struct JpegMark {
    uint8_t left, top, right, bottom; /* the pixels of the frame that are surrounded, both ends included */
    uint8_t colour;                   /* a JpegMarkColour */
    char text[kJpegMarkText];         /* digits, '-' and '.'; other characters are blank */
} JpegMark;

/* Rows of a picture that is `scale` times as large as the frame. */
typedef struct MarkedRows {
    uint8_t *entries; /* of row `first`; the rows are `stride` apart */
    size_t stride, first, count;
    size_t width, height; /* of the whole picture */
    size_t scale;
} MarkedRows;

/* Gives the entries that marks_draw() uses for its colours these colours. */
void marks_reserve(uint8_t rgb[][3]);

/* Draws the marks' parts in these rows, after moving pixels with a reserved entry to the next one. */
void marks_draw(const MarkedRows *rows, const JpegMark *marks, size_t count);

#endif
