/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REFERENCE_FRAMER_H
#define REFERENCE_FRAMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Framing and text checks by the definition: commands are found in the whole stream first, then checked one rule at a time. */

typedef struct ReferenceCommand {
    bool too_long;
    const uint8_t *text;
    size_t length;
} ReferenceCommand;

typedef struct ReferenceFramer {
    const uint8_t *stream;
    size_t size;
    size_t limit;    /* of a text */
    size_t at;       /* position after the byte with which the last command was reported */
    size_t text;     /* where the text of a command began, while `inside` */
    bool inside;
    bool skipping;   /* it is too long, which has been reported */
} ReferenceFramer;

/* True if there is another command; then it is in `command`. */
static inline bool reference_next(ReferenceFramer *framer, ReferenceCommand *command)
{
    while (framer->at < framer->size) {
        size_t at = framer->at++;
        size_t length = at - framer->text;
        if (framer->stream[at] == 2) {
            framer->text = at + 1;
            framer->inside = true;
            framer->skipping = false;
        } else if (framer->stream[at] == 3) {
            bool reported = framer->inside && !framer->skipping;
            framer->inside = false;
            *command = (ReferenceCommand){false, framer->stream + framer->text, length};
            if (reported)
                return true;
        } else if (framer->inside && !framer->skipping && length == framer->limit) {
            framer->skipping = true;
            *command = (ReferenceCommand){.too_long = true};
            return true;
        }
    }
    return false;
}

/* RFC 3629, section 4: the code point, its shortest form, no surrogates; and not NUL. */
static inline bool reference_utf8(const uint8_t *text, size_t length)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};

    for (size_t at = 0; at < length;) {
        uint32_t first = text[at++], more = first < 0x80 ? 0 : (first & 0xe0) == 0xc0 ? 1 : (first & 0xf0) == 0xe0 ? 2 : (first & 0xf8) == 0xf0 ? 3 : 4;
        if (more == 4 || more > length - at)
            return false;
        uint32_t code = more ? first & (0x3fu >> more) : first;
        for (uint32_t i = 0; i < more; i++) {
            if ((text[at] & 0xc0) != 0x80)
                return false;
            code = code << 6 | (text[at++] & 0x3fu);
        }
        if (code == 0 || code < least[more] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
            return false;
    }
    return true;
}

/* The position after the closing quote of the string whose opening quote is at `at`, or the length. */
static inline size_t reference_string_end(const uint8_t *text, size_t length, size_t at)
{
    for (at++; at < length && text[at] != '"'; at++)
        at += text[at] == '\\';
    return at < length ? at + 1 : length;
}

/* Nesting and number of values. A closing bracket without its opening one counts below zero. */
static inline bool reference_bounded(const uint8_t *text, size_t length, int nesting, uint32_t values)
{
    int depth = 0, deepest = 0;
    uint32_t count = 1;

    for (size_t at = 0; at < length; at++) {
        if (text[at] == '"') {
            at = reference_string_end(text, length, at) - 1;
            continue;
        }
        count += text[at] == ',' || text[at] == '{' || text[at] == '[';
        depth += (text[at] == '{' || text[at] == '[') - (text[at] == '}' || text[at] == ']');
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest <= nesting && count <= values;
}

#endif
