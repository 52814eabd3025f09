/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FRAME_FILE_H
#define FRAME_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "palette.h"

/*
 * A frame as a file of 160 × 120 values, read in pieces of any size; the complete file is never in memory.
 * Portable: no OS, no malloc, no globals.
 */
typedef enum FrameFileFormat {
    kFrameFileRaw,     /* 16-bit little-endian values, nothing else: 38,400 bytes */
    kFrameFileNpy,     /* NumPy 1.0, little-endian uint16 of shape (120, 160) */
    kFrameFileTiff,    /* TIFF 6.0, little-endian, one strip of 16-bit grey */
    kFrameFilePng16,   /* PNG, 16-bit grey, stored without compression */
    kFrameFilePng8,    /* PNG, 8-bit palette, stored without compression */
    kFrameFileCsv,     /* 120 lines of 160 values */
    kFrameFileJson,    /* {"data":"value,value,…"}: all values in one text, row by row */
    kFrameFileFormats, /* the number of formats */
} FrameFileFormat;

enum { kFrameFileTextMaximum = 512 };

typedef struct FrameFileOptions {
    FrameFileFormat format;
    /*
     * Centikelvin of one count: 1 or 10 (TLinear resolution). Values of CSV and JSON are then degrees Celsius with two
     * decimals; 0 writes counts.
     */
    uint8_t centikelvin;
    /* PNG of 8 bits: see JpegOptions. */
    uint8_t palette;
    uint16_t low, high;
    /* TIFF and PNG: description, ASCII, at most kFrameFileTextMaximum bytes; none if NULL. */
    const char *description;
    size_t description_length;
    /* TIFF: "YYYY:MM:DD HH:MM:SS"; none if NULL. */
    const char *date;
    /* TIFF: software and version, at most 31 characters. */
    const char *software;
} FrameFileOptions;

enum { kFrameFileBuffer = 1600 };

typedef struct FrameFile {
    const uint8_t *pixels;
    FrameFileFormat format;
    uint8_t centikelvin;
    PaletteRange range;
    int unit;          /* next part to make: 0 header, 1 to 120 rows, 121 end */
    uint32_t crc;      /* PNG: of the current chunk, inverted */
    uint32_t adler[2]; /* PNG: of the rows */
    size_t at, count;  /* the part of `buffer` that is not read yet */
    uint8_t buffer[kFrameFileBuffer];
} FrameFile;

/*
 * Begins a file. Returns its length in bytes, or 0 if an option is out of its range. `pixels` (of a VospiFrame) must
 * not change until the last byte is read; texts are copied.
 */
size_t frame_file_start(FrameFile *file, const FrameFileOptions *options, const uint8_t *pixels);

/* Writes the next bytes, at most `size`. Returns their number: fewer than `size` only at the end, then 0. */
size_t frame_file_read(FrameFile *file, uint8_t *target, size_t size);

#endif
