/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE64_CODEC_H
#define BASE64_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Base64 of RFC 4648 section 4, with padding. Portable: no OS, no malloc, no globals. */

/* Length of the text for `length` bytes. */
static inline size_t base64_encoded_length(size_t length)
{
    return (length + 2) / 3 * 4;
}

/* Writes base64_encoded_length(length) characters, without a terminating NUL. */
void base64_encode(char *text, const uint8_t *bytes, size_t length);

/*
 * Stores the decoded length in `*bytes`. Returns false if the length or the padding cannot be base64. Does not check
 * the characters.
 */
bool base64_decoded_length(const char *text, size_t length, size_t *bytes);

/*
 * Writes the number of bytes that base64_decoded_length() returned. Strict, so that each byte sequence has one
 * encoding: returns false for a character outside the alphabet (white space too), for padding anywhere but at the end,
 * and for unused bits that are not zero. `bytes` is then undefined.
 */
bool base64_decode(uint8_t *bytes, const char *text, size_t length);

#endif
