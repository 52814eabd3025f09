/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_CHECK_H
#define IMAGE_CHECK_H

/*
 * Checks an application image of the ESP32 (ESP-IDF, "App Image Format") while it arrives, as the bootloader does: segments, checksum, and
 * the SHA-256 behind them. Portable: no OS, no memory of its own, no globals.
 */

#include <stdbool.h>
#include <stdint.h>
#include "sha256.h"

typedef enum ImagePart {
    kImageHeader,
    kImageSegmentHeader,
    kImageData,
    kImagePadding, /* up to the checksum at the end of 16 bytes */
    kImageHash,
    kImageEnd, /* further bytes do not belong to the image */
    kImageInvalid,
} ImagePart;

enum { kImageHeaderBytes = 24, kImageSegmentHeaderBytes = 8 };

typedef struct ImageCheck {
    ImagePart part;
    uint32_t position; /* bytes taken of the image */
    uint32_t left;     /* bytes of this part that are still to come */
    uint32_t collected;
    uint8_t bytes[kSha256Bytes]; /* of a header or the hash */
    uint8_t segments; /* that are still to come */
    uint8_t checksum;
    bool hashed; /* a SHA-256 follows */
    Sha256 sha;
} ImageCheck;

void image_check_init(ImageCheck *check);

/* The image's next bytes, in order. */
void image_check_take(ImageCheck *check, const uint8_t *bytes, uint32_t count);

/* Length of the image with its SHA-256, once all of it was taken and is right. Otherwise 0. */
uint32_t image_check_length(const ImageCheck *check);

#endif
