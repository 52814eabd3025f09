/* SPDX-License-Identifier: Apache-2.0 */

#include "options.h"

#include <string.h>

int option_integer(xsMachine *the, xsIdentifier id, const char *name, int low, int high, int absent)
{
    xsSlot slot;
    double value;

    xsmcGet(slot, xsArg(0), id);
    if (xsmcTypeOf(slot) == xsUndefinedType) {
        if (absent < low || absent > high)
            xsRangeError("%s is missing", name);
        return absent;
    }
    value = xsmcToNumber(slot);
    if (!(value >= low && value <= high) || value != (double)(int)value)
        xsRangeError("%s: expected %d to %d", name, low, high);
    return (int)value;
}

size_t option_text(xsMachine *the, xsIdentifier id, const char *name, char *text, size_t low, size_t size)
{
    xsSlot slot;
    const char *value = "";

    xsmcGet(slot, xsArg(0), id);
    if (xsmcTypeOf(slot) != xsUndefinedType)
        value = xsmcToString(slot);
    size_t length = strlen(value);
    if (length < low || length >= size)
        xsRangeError("%s: expected %d to %d bytes", name, (int)low, (int)size - 1);
    memcpy(text, value, length + 1);
    return length;
}

xsSlot *option_callback(xsMachine *the, xsIdentifier id, const char *name)
{
    xsSlot slot;

    xsmcGet(slot, xsArg(0), id);
    if (xsmcTypeOf(slot) == xsUndefinedType)
        return NULL;
    if (!xsmcIsCallable(slot))
        xsTypeError("%s: expected a function", name);
    return fxToReference(the, &slot);
}

bool option_is_number(xsMachine *the, xsSlot *format)
{
    if (xsmcTypeOf(*format) == xsUndefinedType)
        return false;
    const char *text = xsmcToString(*format);
    if (!strcmp(text, "number"))
        return true;
    if (strcmp(text, "buffer"))
        xsRangeError("format: expected buffer or number");
    return false;
}

void call_back(xsMachine *the, xsSlot *object, xsSlot *function, int count)
{
    if (!function)
        return;
    xsBeginHost(the);
    if (count < 0)
        xsCallFunction0(xsReference(function), *object);
    else {
        xsmcSetInteger(xsResult, count);
        xsCallFunction1(xsReference(function), *object, xsResult);
    }
    xsEndHost(the);
}
