/* SPDX-License-Identifier: Apache-2.0 */

#include "command-text.h"

#include <stdlib.h>
#include <string.h>

#include "mc.xs.h"
#include "native-class.h"

static uint32_t limit(xsMachine *the, xsIdentifier id, const char *name)
{
    enum { kHighestLimit = 65535 };
    xsmcGet(xsVar(0), xsArg(0), id);
    return native_unsigned(the, &xsVar(0), name, kHighestLimit);
}

void *command_text_create(xsMachine *the, size_t size, const xsHostHooks *hooks, FramerLimits *limits)
{
    xsmcVars(1);
    if (xsmcArgc < 1 || xsmcTypeOf(xsArg(0)) != xsReferenceType)
        xsTypeError("limits: expected an object");
    limits->bytes = limit(the, xsID_bytes, "bytes");
    limits->nesting = limit(the, xsID_nesting, "nesting");
    limits->values = limit(the, xsID_values, "values");
    xsmcSetArrayBuffer(xsVar(0), NULL, (xsIntegerValue)limits->bytes);
    CommandText *text = calloc(1, size);
    if (!text)
        xsUnknownError("no memory for a command");
    text->buffer = fxToReference(the, &xsVar(0));
    xsmcSetHostData(xsThis, text);
    xsSetHostHooks(xsThis, (xsHostHooks *)hooks);
    return text;
}

void command_text_mark(xsMachine *the, void *data, xsMarkRoot mark_root)
{
    const CommandText *text = data;
    if (text)
        (*mark_root)(the, text->buffer);
}

uint8_t *command_text_bytes(xsMachine *the, const CommandText *text)
{
    xsSlot buffer = xsReference(text->buffer);
    return xsmcToArrayBuffer(buffer);
}

/* XS stores strings in UTF-8. */
void command_text_result(xsMachine *the, const CommandText *text, uint32_t length)
{
    xsmcSetStringBuffer(xsResult, NULL, (xsIntegerValue)length);
    /* The allocation may have moved the text. */
    memcpy(xsmcToString(xsResult), command_text_bytes(the, text), length);
}
