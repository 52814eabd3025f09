/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JPEG_DECODER_H
#define JPEG_DECODER_H

#include <stddef.h>
#include <stdint.h>

/* A decoded picture: planes of `stride` samples a row; those of Cb and Cr have half of its width and height. */
typedef struct JpegPicture {
    uint32_t width, height, stride;
    uint8_t planes[3][320 * 240];
    const uint8_t *comment;
    size_t comment_length;
} JpegPicture;

/* Decodes a baseline 4:2:0 file of at most 320 × 240, in floating point. Returns NULL, or what is wrong with it. */
const char *jpeg_decode(JpegPicture *picture, const uint8_t *bytes, size_t length);

/* The same without the samples, which take most of the time: `planes` stay as they are. */
const char *jpeg_read(JpegPicture *picture, const uint8_t *bytes, size_t length);

#endif
