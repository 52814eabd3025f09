/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMAND_TEXT_H
#define COMMAND_TEXT_H

/* What the classes that collect the text of a command share: an ArrayBuffer for it, whose bytes a garbage collection moves. */

#include "xsmc.h"
#include "command-framer.h"

/* First member of a class's struct. */
typedef struct CommandText {
    xsSlot *buffer;
} CommandText;

/*
 * For a constructor(limits), with `bytes`, `nesting` and `values`, which are stored in `limits`. Allocates `size` bytes, set to zero, as the
 * host data of `this`, with a buffer of `limits->bytes`. Throws TypeError, RangeError, or Error when out of memory.
 */
void *command_text_create(xsMachine *the, size_t size, const xsHostHooks *hooks, FramerLimits *limits);

/* For xsHostHooks. */
void command_text_mark(xsMachine *the, void *data, xsMarkRoot mark_root);

/* The buffer's bytes, valid until XS allocates. */
uint8_t *command_text_bytes(xsMachine *the, const CommandText *text);

/* Makes the first `length` bytes the result, a string. They are UTF-8 without NUL. */
void command_text_result(xsMachine *the, const CommandText *text, uint32_t length);

#endif
