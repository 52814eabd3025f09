/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_IO_H
#define TCAM_IO_H

/* What the constructors of the Linux IO classes share: reading the options object in xsArg(0), and calling back. */

#include "xsmc.h"

typedef enum { kIONumber, kIOBuffer } IOFormat;

/* The function in option `id`, to be marked by the object's hooks; NULL when absent. Throws when it is something else. */
xsSlot *ioCallback(xsMachine *the, xsIdentifier id);

/* Option `id` as an integer from `low` to `high`, or `absent` when it is not there. Throws `message` when it is undefined or out of range. */
xsIntegerValue ioInteger(xsMachine *the, xsIdentifier id, xsIntegerValue low, xsIntegerValue high, xsIntegerValue absent, const char *message);

/* Option `id` as true or false, or `absent` when it is not there. */
int ioBoolean(xsMachine *the, xsIdentifier id, int absent);

/* Copies a string to `text`; throws RangeError `message` when it does not fit or is none. */
void ioText(xsMachine *the, xsSlot *slot, char *text, size_t size, const char *message);

/* The option `format`, "buffer" when absent; throws when it is neither "buffer" nor "number". */
IOFormat ioFormatOption(xsMachine *the);
IOFormat ioFormatFrom(xsMachine *the, xsSlot *slot);
void ioFormatResult(xsMachine *the, IOFormat format);

/* Sets `this.target` to the option `target`, if there is one. */
void ioTarget(xsMachine *the);

/* Calls `function` (which may be NULL) on `object` from the event loop, with `count` as argument unless it is negative. */
void ioCall(xsMachine *the, xsSlot *object, xsSlot *function, xsIntegerValue count);

#endif
