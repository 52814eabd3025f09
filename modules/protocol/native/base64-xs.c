/* SPDX-License-Identifier: Apache-2.0 */

/* Base64 for JavaScript, declared in modules/protocol/base64.ts. */

#include <string.h>

#include "xsmc.h"
#include "base64-codec.h"

/* xs_base64_decode(text): returns an ArrayBuffer; throws SyntaxError if the text is not base64. */
void xs_base64_decode(xsMachine *the)
{
    size_t size;

    if (xsmcArgc < 1)
        xsTypeError("base64: expected a text");
    size_t length = strlen(xsmcToString(xsArg(0)));
    if (!base64_decoded_length(xsmcToString(xsArg(0)), length, &size))
        xsSyntaxError("base64: length %d is not a multiple of 4", (int)length);
    xsmcSetArrayBuffer(xsResult, NULL, (xsIntegerValue)size);
    /* Both pointers are read after the allocation, which may have moved the data. */
    const char *text = xsmcToString(xsArg(0));
    if (!base64_decode(xsmcToArrayBuffer(xsResult), text, length))
        xsSyntaxError("base64: invalid character or padding");
}

/* xs_base64_encode(bytes): returns the base64 of an ArrayBuffer or byte view as a string. */
void xs_base64_encode(xsMachine *the)
{
    void *bytes;
    xsUnsignedValue length;

    if (xsmcArgc < 1)
        xsTypeError("base64: expected bytes");
    xsmcGetBufferReadable(xsArg(0), &bytes, &length);
    size_t size = base64_encoded_length(length);
    xsmcSetStringBuffer(xsResult, NULL, (xsIntegerValue)size);
    /* The allocation may have moved the bytes. */
    xsmcGetBufferReadable(xsArg(0), &bytes, &length);
    base64_encode(xsmcToString(xsResult), bytes, length);
}
