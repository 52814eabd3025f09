/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMAND_FRAMER_H
#define COMMAND_FRAMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "utf8.h"

/*
 * Splits a byte stream into commands and checks their text, in one pass over the bytes as they come.
 *
 *   command  STX, JSON text, ETX. Bytes outside are ignored; an STX always begins a new command, even inside another one.
 *   text     valid if it is strict UTF-8 (RFC 3629 section 4) without NUL and within the limits of nesting and values, so
 *            that a JSON parser is safe on it. It need not be valid JSON.
 *
 * A command that is too long is reported immediately and once, then skipped up to its end. The result does not depend on
 * how the stream is split into reads. Portable: no OS, no malloc, no globals.
 */

typedef enum FramerEvent {
    kFramerNone,
    kFramerCommand,
    kFramerTooLong,
} FramerEvent;

typedef struct FramerLimits {
    uint32_t bytes;   /* of a command's text */
    uint32_t nesting; /* of braces and brackets outside strings: parsers recurse on the stack */
    uint32_t values;  /* one, and one for each comma, brace and bracket opened outside strings: each takes memory */
} FramerLimits;

typedef struct CommandFramer {
    FramerLimits limits;
    uint8_t *text;   /* of the command, `length` bytes, in the caller's memory */
    uint32_t length;
    FramerEvent event; /* at which the last command_framer_feed() stopped */
    uint8_t state;
    /* Of the command so far: */
    bool invalid;
    Utf8 utf8;
    int32_t depth;
    uint32_t values;
} CommandFramer;

/* `text` has room for `limits.bytes` bytes and outlives the framer. */
void command_framer_init(CommandFramer *framer, uint8_t *text, FramerLimits limits);

/* Forgets a command of which only the beginning came: the next bytes are of another stream. */
void command_framer_reset(CommandFramer *framer);

/*
 * Consumes `bytes` up to the first event and returns the number consumed, which is `count` if there was none. After
 * kFramerCommand, `text` and `length` are the command's until the next call.
 */
size_t command_framer_feed(CommandFramer *framer, const uint8_t *bytes, size_t count);

/* True if the text of the command at which command_framer_feed() stopped is valid. */
bool command_framer_valid(const CommandFramer *framer);

/* True if `count` bytes are valid as the text of a command; one with STX or ETX is not. */
bool command_text_is_valid(const uint8_t *text, size_t count, FramerLimits limits);

#endif
