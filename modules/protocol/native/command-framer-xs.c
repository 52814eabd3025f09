/* SPDX-License-Identifier: Apache-2.0 */

/* Class CommandFramer, declared in modules/protocol/command-framer.ts. */

#include <stdlib.h>

#include "xsmc.h"
#include "mc.xs.h"
#include "command-framer.h"
#include "command-text.h"
#include "native-class.h"

typedef struct Framer {
    CommandText text;
    CommandFramer core;
} Framer;

void xs_command_framer_destructor(void *data);

static const xsHostHooks kFramerHooks = {xs_command_framer_destructor, command_text_mark, NULL};

void xs_command_framer_destructor(void *data)
{
    free(data);
}

/* Constructor(limits): bytes, nesting and values of a command. */
void xs_command_framer(xsMachine *the)
{
    FramerLimits limits;
    Framer *framer = command_text_create(the, sizeof *framer, &kFramerHooks, &limits);

    command_framer_init(&framer->core, NULL, limits);
}

static Framer *this_framer(xsMachine *the)
{
    Framer *framer = xsmcGetHostDataValidate(xsThis, (void *)&kFramerHooks);

    framer->core.text = command_text_bytes(the, &framer->text);
    return framer;
}

/* feed(bytes, from, to): consumes bytes up to the first event; returns the position after them. */
void xs_command_framer_feed(xsMachine *the)
{
    uint32_t from;
    size_t count;
    const uint8_t *bytes = native_feed(the, &from, &count);

    xsmcSetInteger(xsResult, (xsIntegerValue)(from + command_framer_feed(&this_framer(the)->core, bytes, count)));
}

void xs_command_framer_get_event(xsMachine *the)
{
    static const char *const kNames[] = {[kFramerNone] = "none", [kFramerCommand] = "command", [kFramerTooLong] = "too-long"};
    xsmcSetString(xsResult, (char *)kNames[this_framer(the)->core.event]);
}

/* The text of the command at which feed() stopped; undefined if it is invalid, or if feed() stopped at no command. */
void xs_command_framer_get_text(xsMachine *the)
{
    const Framer *framer = this_framer(the);

    if (framer->core.event == kFramerCommand && command_framer_valid(&framer->core))
        command_text_result(the, &framer->text, framer->core.length);
}

void xs_command_framer_reset(xsMachine *the)
{
    command_framer_reset(&this_framer(the)->core);
}
