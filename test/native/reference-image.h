/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REFERENCE_IMAGE_H
#define REFERENCE_IMAGE_H

#include <string.h>
#include "vospi-frame.h"

/* The image message by its definition, all at once: shares no code with the encoder. */

enum { kReferenceFixedBytes = 51887 }; /* the message without its metadata */

static inline size_t reference_text(uint8_t *target, const char *text, size_t length)
{
    if (length)
        memcpy(target, text, length);
    return length;
}

/* Byte `index` of the words as a client gets them: low byte first. */
static inline uint32_t reference_byte(const uint8_t *words, size_t index)
{
    return words[index ^ 1];
}

/* Base64 of `count` words, whose bytes are a multiple of 3. */
static inline size_t reference_words(uint8_t *target, const uint8_t *words, size_t count)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t at = 0;

    for (size_t i = 0; i < 2 * count; i += 3) {
        uint32_t group = reference_byte(words, i) << 16 | reference_byte(words, i + 1) << 8 | reference_byte(words, i + 2);
        for (int shift = 18; shift >= 0; shift -= 6)
            target[at++] = (uint8_t)alphabet[group >> shift & 63];
    }
    return at;
}

/* Writes the message of kReferenceFixedBytes + `length` bytes. Returns its length. */
static inline size_t reference_image(uint8_t *target, const VospiFrame *frame, const char *metadata, size_t length)
{
    static const char head[] = "\x02{\"metadata\":", middle[] = ",\"radiometric\":\"", end[] = "\",\"telemetry\":\"", tail[] = "\"}\x03";
    size_t at = reference_text(target, head, sizeof head - 1);

    at += reference_text(target + at, metadata, length);
    at += reference_text(target + at, middle, sizeof middle - 1);
    at += reference_words(target + at, frame->pixels, kVospiPixels);
    at += reference_text(target + at, end, sizeof end - 1);
    at += reference_words(target + at, frame->telemetry, kVospiTelemetryWords);
    return at + reference_text(target + at, tail, sizeof tail - 1);
}

#endif
