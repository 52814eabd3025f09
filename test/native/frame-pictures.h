/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FRAME_PICTURES_H
#define FRAME_PICTURES_H

#include <stdint.h>
#include "frame-pixels.h"

/* Kinds of pictures for tests of what is made of a frame. */
typedef enum TestPicture {
    kPictureZero,     /* all pixels 0 */
    kPictureFull,     /* all pixels 65,535 */
    kPictureScene,    /* smooth with noise and a warm object, centikelvin as of a room */
    kPictureNoise,    /* any 16 bits */
    kPictureGrey,     /* 0 to 255, as with AGC */
    kPictureChess,    /* 0 and 65,535 in turn */
    kPictureRamp,     /* rises along rows and columns */
    kTestPictures,
} TestPicture;

/* Fills `pixels`, 38,400 bytes aligned to 4, the same in every run. */
void fill_picture(uint8_t *pixels, TestPicture picture);

void set_pixel(uint8_t *pixels, size_t index, uint32_t value);

#endif
