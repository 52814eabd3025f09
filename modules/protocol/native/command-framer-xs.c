/* SPDX-License-Identifier: Apache-2.0 */

/* Class CommandFramer, declared in modules/protocol/command-framer.ts. */

#include <stdlib.h>
#include <string.h>

#include "xsmc.h"
#include "mc.xs.h"
#include "command-framer.h"

typedef struct Framer {
    CommandFramer core;
    xsSlot *buffer; /* for the text: an ArrayBuffer, whose bytes a garbage collection moves */
} Framer;

void xs_command_framer_destructor(void *data);
static void mark(xsMachine *the, void *data, xsMarkRoot markRoot);

static const xsHostHooks kFramerHooks = {xs_command_framer_destructor, mark, NULL};

void xs_command_framer_destructor(void *data)
{
    free(data);
}

static void mark(xsMachine *the, void *data, xsMarkRoot markRoot)
{
    Framer *framer = data;
    if (framer)
        (*markRoot)(the, framer->buffer);
}

/* `value` as an integer, 0 to `highest`. */
static uint32_t to_unsigned(xsMachine *the, xsSlot *value, const char *name, uint32_t highest)
{
    double number = xsmcToNumber(*value);

    /* Also false for NaN. */
    if (!(number >= 0 && number <= highest) || number != (double)(uint32_t)number)
        xsRangeError("%s: expected 0 to %d", name, (int)highest);
    return (uint32_t)number;
}

static uint32_t limit(xsMachine *the, xsIdentifier id, const char *name)
{
    enum { kHighestLimit = 65535 };
    xsmcGet(xsVar(0), xsArg(0), id);
    return to_unsigned(the, &xsVar(0), name, kHighestLimit);
}

/* Constructor(limits): bytes, nesting and values of a command. */
void xs_command_framer(xsMachine *the)
{
    FramerLimits limits;

    xsmcVars(1);
    if (xsmcArgc < 1 || xsmcTypeOf(xsArg(0)) != xsReferenceType)
        xsTypeError("limits: expected an object");
    limits.bytes = limit(the, xsID_bytes, "bytes");
    limits.nesting = limit(the, xsID_nesting, "nesting");
    limits.values = limit(the, xsID_values, "values");
    xsmcSetArrayBuffer(xsVar(0), NULL, (xsIntegerValue)limits.bytes);
    xsSlot *buffer = fxToReference(the, &xsVar(0));
    Framer *framer = malloc(sizeof(Framer));
    if (!framer)
        xsUnknownError("no memory for a framer");
    framer->buffer = buffer;
    command_framer_init(&framer->core, NULL, limits);
    xsmcSetHostData(xsThis, framer);
    xsSetHostHooks(xsThis, (xsHostHooks *)&kFramerHooks);
}

static CommandFramer *this_framer(xsMachine *the)
{
    Framer *framer = xsmcGetHostDataValidate(xsThis, (void *)&kFramerHooks);
    xsSlot buffer = xsReference(framer->buffer);

    framer->core.text = xsmcToArrayBuffer(buffer);
    return &framer->core;
}

/* feed(bytes, from, to): consumes bytes up to the first event; returns the position after them. */
void xs_command_framer_feed(xsMachine *the)
{
    CommandFramer *framer = this_framer(the);
    void *bytes;
    xsUnsignedValue size;

    if (xsmcArgc < 3)
        xsTypeError("feed: expected bytes, from and to");
    uint32_t to = to_unsigned(the, &xsArg(2), "to", INT32_MAX);
    uint32_t from = to_unsigned(the, &xsArg(1), "from", to);
    xsmcGetBufferReadable(xsArg(0), &bytes, &size);
    if (to > size)
        xsRangeError("to: expected at most %d", (int)size);
    size_t consumed = command_framer_feed(framer, (const uint8_t *)bytes + from, to - from);
    xsmcSetInteger(xsResult, (xsIntegerValue)(from + consumed));
}

void xs_command_framer_get_event(xsMachine *the)
{
    static const char *const kNames[] = {[kFramerNone] = "none", [kFramerCommand] = "command", [kFramerTooLong] = "too-long"};
    xsmcSetString(xsResult, (char *)kNames[this_framer(the)->event]);
}

/* The text of the command at which feed() stopped; undefined if it is invalid, or if feed() stopped at no command. */
void xs_command_framer_get_text(xsMachine *the)
{
    const CommandFramer *framer = this_framer(the);

    if (framer->event != kFramerCommand || !command_framer_valid(framer))
        return;
    /* XS stores strings in UTF-8. The allocation may have moved the text. */
    xsmcSetStringBuffer(xsResult, NULL, (xsIntegerValue)framer->length);
    memcpy(xsmcToString(xsResult), this_framer(the)->text, framer->length);
}

void xs_command_framer_reset(xsMachine *the)
{
    command_framer_reset(this_framer(the));
}
