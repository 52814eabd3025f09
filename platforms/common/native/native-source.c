/* SPDX-License-Identifier: Apache-2.0 */

#include "native-source.h"

void native_source_mark(xsMachine *the, void *data, xsMarkRoot mark_root)
{
    (void)the;
    (void)data;
    (void)mark_root;
}

NativeSource *native_source(xsMachine *the, xsSlot *object)
{
    const xsHostHooks *hooks = fxGetHostHooks(the, object);
    NativeSource *source = hooks->marker == native_source_mark ? fxGetHostData(the, object) : NULL;

    if (!source)
        xsTypeError("expected a native source");
    return source;
}

void native_source_read(xsMachine *the, NativeSource *source)
{
    void *target;
    xsUnsignedValue size;

    if (xsmcArgc < 1)
        xsTypeError("read: expected a buffer");
    xsmcGetBufferWritable(xsArg(0), &target, &size);
    xsmcSetInteger(xsResult, (xsIntegerValue)source->read(source, target, size));
}
