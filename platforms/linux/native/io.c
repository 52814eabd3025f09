/* SPDX-License-Identifier: Apache-2.0 */
#include "io.h"

#include <string.h>

#include "mc.xs.h"

static int isAbsent(xsMachine *the, xsSlot *slot)
{
    xsType type = fxTypeOf(the, slot);
    return type == xsUndefinedType || type == xsNullType;
}

xsSlot *ioCallback(xsMachine *the, xsIdentifier id)
{
    xsSlot slot;
    xsmcGet(slot, xsArg(0), id);
    if (isAbsent(the, &slot))
        return NULL;
    if (!xsmcIsCallable(slot))
        xsTypeError("a callback is no function");
    return fxToReference(the, &slot);
}

xsIntegerValue ioInteger(xsMachine *the, xsIdentifier id, xsIntegerValue low, xsIntegerValue high, xsIntegerValue absent, const char *message)
{
    xsSlot slot;
    if (!xsmcHas(xsArg(0), id))
        return absent;
    xsmcGet(slot, xsArg(0), id);
    if (fxTypeOf(the, &slot) == xsUndefinedType)
        xsUnknownError("%s", message);
    xsIntegerValue value = fxToInteger(the, &slot);
    if (value < low || value > high)
        xsRangeError("%s", message);
    return value;
}

int ioBoolean(xsMachine *the, xsIdentifier id, int absent)
{
    xsSlot slot;
    xsmcGet(slot, xsArg(0), id);
    return isAbsent(the, &slot) ? absent : xsmcTest(slot);
}

void ioText(xsMachine *the, xsSlot *slot, char *text, size_t size, const char *message)
{
    xsType type = fxTypeOf(the, slot);
    if (type != xsStringType && type != xsStringXType)
        xsRangeError("%s", message);
    const char *string = fxToString(the, slot);
    size_t length = strlen(string);
    if (length >= size)
        xsRangeError("%s", message);
    memcpy(text, string, length + 1);
}

IOFormat ioFormatFrom(xsMachine *the, xsSlot *slot)
{
    const char *format = fxToString(the, slot);
    if (!strcmp(format, "number"))
        return kIONumber;
    if (strcmp(format, "buffer"))
        xsRangeError("unimplemented format");
    return kIOBuffer;
}

IOFormat ioFormatOption(xsMachine *the)
{
    xsSlot slot;
    xsmcGet(slot, xsArg(0), xsID_format);
    return isAbsent(the, &slot) ? kIOBuffer : ioFormatFrom(the, &slot);
}

void ioFormatResult(xsMachine *the, IOFormat format)
{
    xsmcSetString(xsResult, format == kIONumber ? "number" : "buffer");
}

void ioTarget(xsMachine *the)
{
    if (xsmcHas(xsArg(0), xsID_target)) {
        xsSlot target;
        xsmcGet(target, xsArg(0), xsID_target);
        xsmcSet(xsThis, xsID_target, target);
    }
}

void ioCall(xsMachine *the, xsSlot *object, xsSlot *function, xsIntegerValue count)
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
