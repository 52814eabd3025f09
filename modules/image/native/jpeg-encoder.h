/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JPEG_ENCODER_H
#define JPEG_ENCODER_H

#include <stddef.h>
#include <stdint.h>
#include "jpeg-marks.h"
#include "palette.h"
#include "vospi-format.h"

/*
 * JPEG of a frame: baseline, 4:2:0, the Huffman tables of ISO/IEC 10918-1 Annex K (RTP needs these), JFIF 1.01 with an
 * optional comment. Pixel values become palette entries, and these Y, Cb and Cr; no RGB picture is in memory.
 * Portable: no OS, no malloc, no globals.
 */

enum { kJpegCommentMaximum = 1024, kJpegScaleMaximum = 2 };

typedef struct JpegOptions {
    /* Pixel values of the palette's first and last entry; values outside get the colour of the nearer end. low < high. */
    uint16_t low, high;
    uint8_t palette; /* see palette.h */
    uint8_t quality; /* 1 to 100, as libjpeg scales the tables of Annex K */
    uint8_t scale;   /* 1: 160 × 120; 2: 320 × 240, pixel values interpolated linearly */
    /* Bytes of the COM segment, at most kJpegCommentMaximum; none if the length is 0. */
    const char *comment;
    size_t comment_length;
    /* Marks in the picture, at most kJpegMarks; none if the count is 0. */
    const JpegMark *marks;
    size_t mark_count;
} JpegOptions;

typedef struct JpegCode {
    uint16_t bits;
    uint8_t length; /* 0: no such code */
} JpegCode;

/* Scratch memory of jpeg_encode(), about 12 KB; its contents need not be kept. */
typedef struct JpegWork {
    uint8_t entries[16][kVospiColumns * kJpegScaleMaximum]; /* palette entries of the rows of one MCU row */
    uint32_t columns[2][kVospiColumns * kJpegScaleMaximum]; /* source rows, interpolated along the row, times 4 */
    int8_t colours[3][kPaletteEntries];           /* Y - 128, Cb - 128, Cr - 128 */
    uint32_t reciprocals[2][64];                  /* of the quantisation steps, in natural order */
    uint8_t steps[2][64];                         /* quantisation steps, in zigzag order */
    JpegCode dc[2][12];
    JpegCode ac[2][256];
    int32_t blocks[2][64];
} JpegWork;

/*
 * Encodes a frame into `target`, at most `capacity` bytes. Returns the number of bytes, or 0 if they do not fit or an
 * option is out of its range. `pixels`: of a VospiFrame.
 */
size_t jpeg_encode(uint8_t *target, size_t capacity, JpegWork *work, const JpegOptions *options, const uint8_t *pixels);

#endif
