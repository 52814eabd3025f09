/* SPDX-License-Identifier: Apache-2.0 */

/* Class NativeHttpHead, declared in modules/web/native-head.ts. */

#include "xsmc.h"
#include "mc.xs.h"
#include "http-head.h"
#include "native-class.h"

void xs_http_head_destructor(void *data);
static void mark(xsMachine *the, void *data, xsMarkRoot markRoot);

static const xsHostHooks kHooks = {xs_http_head_destructor, mark, NULL};

/* The host data is an ArrayBuffer with the HttpHead, which a garbage collection moves: the heap is in PSRAM on the ESP32. */
void xs_http_head_destructor(void *data)
{
    (void)data;
}

static void mark(xsMachine *the, void *data, xsMarkRoot markRoot)
{
    if (data)
        (*markRoot)(the, data);
}

static HttpHead *this_head(xsMachine *the)
{
    xsSlot buffer = xsReference((xsSlot *)xsmcGetHostDataValidate(xsThis, (void *)&kHooks));
    return xsmcToArrayBuffer(buffer);
}

void xs_http_head(xsMachine *the)
{
    xsmcVars(1);
    xsmcSetArrayBuffer(xsVar(0), NULL, sizeof(HttpHead));
    xsmcSetHostData(xsThis, fxToReference(the, &xsVar(0)));
    xsSetHostHooks(xsThis, (xsHostHooks *)&kHooks);
    http_head_init(this_head(the));
}

void xs_http_head_reset(xsMachine *the)
{
    http_head_init(this_head(the));
}

/* feed(bytes, from, to): consumes bytes up to the end of the head or the first error; returns the position after them. */
void xs_http_head_feed(xsMachine *the)
{
    uint32_t from;
    size_t count;
    const uint8_t *bytes = native_feed(the, &from, &count);

    xsmcSetInteger(xsResult, (xsIntegerValue)(from + http_head_feed(this_head(the), bytes, count)));
}

void xs_http_head_get_status(xsMachine *the)
{
    xsmcSetInteger(xsResult, this_head(the)->status);
}

/* An HttpMethod. */
void xs_http_head_get_method(xsMachine *the)
{
    xsmcSetInteger(xsResult, (xsIntegerValue)this_head(the)->method);
}

void xs_http_head_get_minor(xsMachine *the)
{
    xsmcSetInteger(xsResult, this_head(the)->minor);
}

/* Undefined: no Content-Length. */
void xs_http_head_get_length(xsMachine *the)
{
    const HttpHead *head = this_head(the);
    if (head->has_length)
        xsmcSetNumber(xsResult, head->length);
}

/* Bytes that are not ASCII become "?": XS stores strings in UTF-8, and field values have no encoding (RFC 9110 section 5.5). */
static void set_text(xsMachine *the, HttpText text)
{
    xsmcSetStringBuffer(xsResult, NULL, text.length);
    char *to = xsmcToString(xsResult);
    const char *from = this_head(the)->text + text.at;
    for (size_t i = 0; i < text.length; i++)
        to[i] = (from[i] & 0x80) ? '?' : from[i];
}

void xs_http_head_get_target(xsMachine *the)
{
    set_text(the, this_head(the)->target);
}

/* field(HttpField): its value; undefined if it is missing. */
void xs_http_head_field(xsMachine *the)
{
    if (xsmcArgc < 1)
        xsTypeError("field: expected a field");
    HttpField field = (HttpField)native_unsigned(the, &xsArg(0), "field", kHttpFields - 1);
    const HttpHead *head = this_head(the);
    if (http_head_has(head, field))
        set_text(the, head->fields[field]);
}
