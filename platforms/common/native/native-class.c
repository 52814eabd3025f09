/* SPDX-License-Identifier: Apache-2.0 */

#include "native-class.h"

#include <stdlib.h>
#include <string.h>

#include "mc.xs.h"

void *native_create(xsMachine *the, size_t bytes, const xsHostHooks *hooks)
{
    NativeObject *object = calloc(1, bytes);

    if (!object)
        xsUnknownError("no memory");
    object->references = 1;
    native_attach(the, object, hooks);
    return object;
}

void native_attach(xsMachine *the, void *data, const xsHostHooks *hooks)
{
    xsmcSetHostData(xsThis, data);
    xsSetHostHooks(xsThis, (xsHostHooks *)hooks);
}

void native_remember(xsMachine *the, NativeObject *object)
{
    object->slot = xsThis;
    xsRemember(object->slot);
}

void *native_data(xsMachine *the, xsSlot *instance, const xsHostHooks *hooks)
{
    void *data = fxGetHostDataValidate(the, instance, (void *)hooks);
    if (!data)
        xsSyntaxError("closed");
    return data;
}

void *native_this(xsMachine *the, const xsHostHooks *hooks)
{
    return native_data(the, &xsThis, hooks);
}

void *native_detach(xsMachine *the, xsSlot *instance, const xsHostHooks *hooks)
{
    if (!fxGetHostData(the, instance))
        return NULL;
    NativeObject *object = native_data(the, instance, hooks);
    fxForget(the, &object->slot);
    fxSetHostData(the, instance, NULL);
    return object;
}

void native_hold(NativeObject *object)
{
    object->references++;
}

void native_release(NativeObject *object)
{
    if (--object->references == 0)
        free(object);
}

void native_mark(xsMachine *the, void *data, xsMarkRoot mark_root)
{
    NativeObject *object = data;

    for (int i = 0; object && i < kNativeCallbacks; i++)
        if (object->callbacks[i])
            (*mark_root)(the, object->callbacks[i]);
}

static bool is_missing(xsMachine *the, xsSlot *slot)
{
    xsType type = xsmcTypeOf(*slot);
    return type == xsUndefinedType || type == xsNullType;
}

xsSlot *native_function(xsMachine *the, xsIdentifier id, const char *name)
{
    xsSlot slot;

    xsmcGet(slot, xsArg(0), id);
    if (is_missing(the, &slot))
        return NULL;
    if (!xsmcIsCallable(slot))
        xsTypeError("%s: expected a function", name);
    return fxToReference(the, &slot);
}

void native_callback(xsMachine *the, NativeObject *object, int index, xsIdentifier id, const char *name)
{
    object->callbacks[index] = native_function(the, id, name);
}

void native_call_function(xsMachine *the, xsSlot *object, xsSlot *function, int count)
{
    if (!function)
        return;
    xsBeginHost(the);
    if (count == kNativeNoCount)
        xsCallFunction0(xsReference(function), *object);
    else {
        xsmcSetInteger(xsResult, count);
        xsCallFunction1(xsReference(function), *object, xsResult);
    }
    xsEndHost(the);
}

void native_call(xsMachine *the, NativeObject *object, int index, int count)
{
    native_call_function(the, &object->slot, object->callbacks[index], count);
}

int native_integer(xsMachine *the, xsSlot *options, xsIdentifier id, const char *name, int low, int high, int absent)
{
    xsSlot slot;

    if (absent >= low && absent <= high && !xsmcHas(*options, id))
        return absent;
    xsmcGet(slot, *options, id);
    if (xsmcTypeOf(slot) == xsUndefinedType)
        xsUnknownError("%s is missing", name);
    double value = xsmcToNumber(slot);
    if (!(value >= low && value <= high) || value != (double)(int)value)
        xsRangeError("%s: expected %d to %d", name, low, high);
    return (int)value;
}

uint32_t native_unsigned(xsMachine *the, xsSlot *slot, const char *name, uint32_t highest)
{
    double number = xsmcToNumber(*slot);

    /* Also false for NaN. */
    if (!(number >= 0 && number <= highest) || number != (double)(uint32_t)number)
        xsRangeError("%s: expected 0 to %d", name, (int)highest);
    return (uint32_t)number;
}

size_t native_text(xsMachine *the, xsSlot *slot, const char *name, char *text, size_t low, size_t size)
{
    xsType type = xsmcTypeOf(*slot);
    const char *value = type == xsStringType || type == xsStringXType ? xsmcToString(*slot) : NULL;
    size_t length = value ? strlen(value) : 0;

    if (!value || length < low || length >= size)
        xsRangeError("%s: expected a string of %d to %d bytes", name, (int)low, (int)size - 1);
    memcpy(text, value, length + 1);
    return length;
}

void native_target(xsMachine *the)
{
    xsSlot target;

    if (!xsmcHas(xsArg(0), xsID_target))
        return;
    xsmcGet(target, xsArg(0), xsID_target);
    xsmcSet(xsThis, xsID_target, target);
}

bool native_is_number(xsMachine *the, xsSlot *format)
{
    const char *text = xsmcToString(*format);

    if (!strcmp(text, "number"))
        return true;
    if (strcmp(text, "buffer"))
        xsRangeError("format: expected buffer or number");
    return false;
}

bool native_format_option(xsMachine *the)
{
    xsSlot format;

    xsmcGet(format, xsArg(0), xsID_format);
    return !is_missing(the, &format) && native_is_number(the, &format);
}

void native_format_result(xsMachine *the, bool is_number)
{
    xsmcSetString(xsResult, is_number ? "number" : "buffer");
}

static size_t checked_count(xsMachine *the, xsIntegerValue count, size_t available, bool partial)
{
    if (partial && count >= 0 && (size_t)count > available)
        return available;
    if (count < !partial || (size_t)count > available)
        xsUnknownError("invalid: %d bytes asked for, %d can be read", (int)count, (int)available);
    return (size_t)count;
}

void native_read(xsMachine *the, bool is_number, size_t available, bool partial, void (*read)(void *source, void *bytes, size_t count),
                 void *source)
{
    xsType type = xsmcArgc > 0 ? xsmcTypeOf(xsArg(0)) : xsUndefinedType;
    size_t count = available;
    void *bytes;

    if (!available)
        return;
    if (is_number) {
        uint8_t byte;
        read(source, &byte, 1);
        xsmcSetInteger(xsResult, byte);
        return;
    }
    if (type == xsReferenceType) {
        xsUnsignedValue size;
        xsmcGetBufferWritable(xsArg(0), &bytes, &size);
        count = checked_count(the, (xsIntegerValue)size, available, partial);
        xsmcSetInteger(xsResult, (xsIntegerValue)count);
    } else {
        if (type != xsUndefinedType)
            count = checked_count(the, xsmcToInteger(xsArg(0)), available, partial);
        bytes = xsmcSetArrayBuffer(xsResult, NULL, (xsIntegerValue)count);
    }
    read(source, bytes, count);
}

const uint8_t *native_feed(xsMachine *the, uint32_t *from, size_t *count)
{
    void *bytes;
    xsUnsignedValue size;

    if (xsmcArgc < 3)
        xsTypeError("feed: expected bytes, from and to");
    uint32_t to = native_unsigned(the, &xsArg(2), "to", INT32_MAX);
    *from = native_unsigned(the, &xsArg(1), "from", to);
    xsmcGetBufferReadable(xsArg(0), &bytes, &size);
    if (to > size)
        xsRangeError("to: expected at most %d", (int)size);
    *count = to - *from;
    return (const uint8_t *)bytes + *from;
}

const void *native_write(xsMachine *the, bool is_number, uint8_t *byte, size_t *count)
{
    void *bytes = byte;
    xsUnsignedValue size = 1;

    if (is_number)
        *byte = (uint8_t)xsmcToInteger(xsArg(0));
    else
        xsmcGetBufferReadable(xsArg(0), &bytes, &size);
    *count = size;
    return bytes;
}
