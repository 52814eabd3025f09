/* SPDX-License-Identifier: Apache-2.0 */

/* Class CommandFramer, declared in modules/protocol/command-framer.ts. */

#include <stdlib.h>
#include <string.h>

#include "xsmc.h"
#include "mc.xs.h"
#include "command-framer.h"

typedef struct Framer {
    CommandFramer core;
    xsSlot *buffer; /* for the text: a byte view in XS memory, which a garbage collection moves */
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

/* Argument `index`, 0 to `highest`. */
static uint32_t unsigned_argument(xsMachine *the, int index, const char *name, uint32_t highest)
{
    double value = xsmcArgc > index ? xsmcToNumber(xsArg(index)) : -1;

    /* Also false for NaN. */
    if (!(value >= 0 && value <= highest) || value != (double)(uint32_t)value)
        xsRangeError("%s: expected 0 to %d", name, (int)highest);
    return (uint32_t)value;
}

/* Constructor(buffer, nesting, values): the limits of a command; the size of the buffer is that of its text. */
void xs_command_framer(xsMachine *the)
{
    enum { kHighestLimit = 65535 };
    void *text;
    xsUnsignedValue size;

    if (xsmcArgc < 3)
        xsTypeError("framer: expected buffer, nesting and values");
    xsmcGetBufferWritable(xsArg(0), &text, &size);
    uint32_t nesting = unsigned_argument(the, 1, "nesting", kHighestLimit);
    uint32_t values = unsigned_argument(the, 2, "values", kHighestLimit);
    xsSlot *buffer = fxToReference(the, &xsArg(0));
    Framer *framer = malloc(sizeof(Framer));
    if (!framer)
        xsUnknownError("no memory for a framer");
    framer->buffer = buffer;
    command_framer_init(&framer->core, text, (FramerLimits){.bytes = size, .nesting = nesting, .values = values});
    xsmcSetHostData(xsThis, framer);
    xsSetHostHooks(xsThis, (xsHostHooks *)&kFramerHooks);
}

static CommandFramer *this_framer(xsMachine *the)
{
    Framer *framer = xsmcGetHostDataValidate(xsThis, (void *)&kFramerHooks);
    xsSlot buffer = xsReference(framer->buffer);
    void *text;
    xsUnsignedValue size;

    xsmcGetBufferWritable(buffer, &text, &size);
    framer->core.text = text;
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
    uint32_t to = unsigned_argument(the, 2, "to", INT32_MAX);
    uint32_t from = unsigned_argument(the, 1, "from", to);
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
