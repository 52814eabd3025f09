/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE64_CODEC_H
#define BASE64_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* base64 of RFC 4648 section 4, with padding. Portable: no OS, no memory, no globals. */

/* Characters that `length` bytes become. */
static inline size_t base64_encoded_length(size_t length)
{
    return (length + 2) / 3 * 4;
}

/* Writes base64_encoded_length(length) characters, without a final 0. */
void base64_encode(char *text, const uint8_t *bytes, size_t length);

/*
 * Bytes that the text becomes, or false when its length or its padding cannot be base64. Says nothing about its characters.
 */
bool base64_decoded_length(const char *text, size_t length, size_t *bytes);

/*
 * Writes the bytes base64_decoded_length() counted. Strict: false for any character outside the alphabet (white space too), for padding
 * anywhere but at the end, and for bits set that no byte takes, so that every text has one meaning. `bytes` is then undefined.
 */
bool base64_decode(uint8_t *bytes, const char *text, size_t length);

#endif
