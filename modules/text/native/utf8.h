/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Strict UTF-8 (RFC 3629 section 4), byte by byte. Portable: no OS, no malloc, no globals. */

/* All zero: between two characters. */
typedef struct Utf8 {
    uint8_t continuation;    /* bytes that the current sequence still needs */
    uint8_t lowest, highest; /* of the next one */
} Utf8;

/* Takes the next byte. Returns false if it cannot stand here. */
bool utf8_take(Utf8 *utf8, uint8_t byte);

/* True if `count` bytes are UTF-8 as a whole. */
bool utf8_is_valid(const uint8_t *bytes, size_t count);

#endif
