/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_OPTIONS_H
#define TCAM_OPTIONS_H

/* What the constructors of the ESP32's native classes share: reading the options in xsArg(0), and calling back. */

#include <stdbool.h>
#include <stddef.h>

#include "xsmc.h"

/* Option `id` as an integer from `low` to `high`, or `absent` where it is undefined and `absent` is one of these. Throws RangeError. */
int option_integer(xsMachine *the, xsIdentifier id, const char *name, int low, int high, int absent);

/* Option `id` as text of `low` to `size` - 1 bytes; empty where it is undefined and `low` is 0. Returns its bytes. Throws RangeError. */
size_t option_text(xsMachine *the, xsIdentifier id, const char *name, char *text, size_t low, size_t size);

/* The function in option `id`, for the object's hooks to mark; NULL where it is undefined. Throws TypeError. */
xsSlot *option_callback(xsMachine *the, xsIdentifier id, const char *name);

/* True for "number", false for "buffer" and undefined. Throws RangeError. */
bool option_is_number(xsMachine *the, xsSlot *format);

/* Calls `function` (or nothing, when NULL) on `object`, with `count` as argument unless it is negative. For the XS task outside of calls. */
void call_back(xsMachine *the, xsSlot *object, xsSlot *function, int count);

#endif
