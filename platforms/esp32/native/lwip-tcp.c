/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Class TCP of embedded:io/socket/tcp, for connections that a Listener accepted (the camera never connects). What can be written is what
 * lwIP takes now; more throws "would block", and onWritable follows. The end of input is onEnd after everything received was read, or
 * onError without that option, as in the SDK's class; a reset or timeout is onError at once. The options `keepalive` and `onEnd` and the
 * TCP user timeout are this project's.
 */

#include "lwip-tcp.h"

#include <stdlib.h>

#include "options.h"

#include "mc.xs.h"

enum { kHighestKeepalive = 86400000, kAddressText = 48 };

typedef struct TCP {
    xsSlot object;
    Stream *stream; /* NULL: waits for a Listener */
    bool number;
    xsSlot *onReadable;
    xsSlot *onWritable;
    xsSlot *onEnd;
    xsSlot *onError;
    bool end_reported;
    bool over;     /* onError was reported */
    uint32_t uses; /* the object, and a callback under way */
} TCP;

void xs_lwip_tcp_destructor(void *data);

static void mark(xsMachine *the, void *data, xsMarkRoot markRoot)
{
    TCP *tcp = data;
    if (!tcp)
        return;
    if (tcp->onReadable)
        (*markRoot)(the, tcp->onReadable);
    if (tcp->onWritable)
        (*markRoot)(the, tcp->onWritable);
    if (tcp->onEnd)
        (*markRoot)(the, tcp->onEnd);
    if (tcp->onError)
        (*markRoot)(the, tcp->onError);
}

static const xsHostHooks kHooks = {xs_lwip_tcp_destructor, mark, NULL};

static TCP *validate(xsMachine *the, xsSlot *instance)
{
    TCP *tcp = fxGetHostDataValidate(the, instance, (void *)&kHooks);
    if (!tcp)
        xsSyntaxError("closed");
    return tcp;
}

static void let_go(TCP *tcp)
{
    if (--tcp->uses == 0)
        free(tcp);
}

static void shut(TCP *tcp)
{
    Stream *stream = tcp->stream;
    tcp->stream = NULL;
    if (stream)
        stream_close(stream);
    let_go(tcp);
}

void xs_lwip_tcp_destructor(void *data)
{
    if (data)
        shut(data);
}

/* Failed, or at the end of input where that ends the connection. */
static bool is_over(const TCP *tcp)
{
    return stream_failed(tcp->stream) || (stream_ended(tcp->stream) && !tcp->onEnd);
}

static void report_end(xsMachine *the, TCP *tcp)
{
    if (tcp->end_reported)
        return;
    tcp->end_reported = true;
    call_back(the, &tcp->object, tcp->onEnd, -1);
}

static void report_over(xsMachine *the, TCP *tcp)
{
    if (tcp->over)
        return;
    tcp->over = true;
    call_back(the, &tcp->object, tcp->onError, -1);
}

/* In the XS task. Any of the calls may close the object. */
static void on_events(xsMachine *the, void *owner, uint32_t events)
{
    TCP *tcp = owner;
    Stream *stream = tcp->stream;

    tcp->uses++;
    if ((events & kStreamReadable) && stream_readable(stream))
        call_back(the, &tcp->object, tcp->onReadable, (int)stream_readable(stream));
    if (tcp->stream && stream_ended(stream) && !is_over(tcp) && !stream_readable(stream))
        report_end(the, tcp);
    if (tcp->stream && (events & kStreamWritable) && !is_over(tcp) && stream_writable(stream))
        call_back(the, &tcp->object, tcp->onWritable, (int)stream_writable(stream));
    /* What is unread delays the end of input, not a failure. */
    if (tcp->stream && (stream_failed(stream) || (is_over(tcp) && !stream_readable(stream))))
        report_over(the, tcp);
    let_go(tcp);
}

static Stream *take_from(xsMachine *the, xsSlot *instance)
{
    TCP *from = validate(the, instance);
    Stream *stream = from->stream;

    if (!stream)
        xsUnknownError("invalid from");
    from->stream = NULL;
    fxForget(the, &from->object);
    fxSetHostData(the, instance, NULL);
    let_go(from);
    return stream;
}

static void read_options(xsMachine *the, TCP *tcp)
{
    xsmcGet(xsVar(0), xsArg(0), xsID_format);
    tcp->number = option_is_number(the, &xsVar(0));
    tcp->onReadable = option_callback(the, xsID_onReadable, "onReadable");
    tcp->onWritable = option_callback(the, xsID_onWritable, "onWritable");
    tcp->onEnd = option_callback(the, xsID_onEnd, "onEnd");
    tcp->onError = option_callback(the, xsID_onError, "onError");
    int keepalive = option_integer(the, xsID_keepalive, "keepalive", 0, kHighestKeepalive, 0);
    xsmcGet(xsVar(0), xsArg(0), xsID_nodelay);
    bool nodelay = xsmcTest(xsVar(0));
    xsmcGet(xsVar(0), xsArg(0), xsID_from);
    if (xsmcTypeOf(xsVar(0)) != xsReferenceType)
        xsUnknownError("connections are accepted only: option from is needed");
    tcp->stream = take_from(the, &xsVar(0));
    stream_tune(tcp->stream, nodelay, (uint32_t)keepalive);
}

void xs_lwip_tcp(xsMachine *the)
{
    TCP *tcp = calloc(1, sizeof(TCP));

    if (!tcp)
        xsUnknownError("no memory");
    tcp->uses = 1;
    /* From here on the destructor frees it, also when an option throws. */
    xsmcSetHostData(xsThis, tcp);
    xsSetHostHooks(xsThis, (xsHostHooks *)&kHooks);
    xsmcVars(1);
    if (xsmcArgc > 0 && xsmcTypeOf(xsArg(0)) != xsUndefinedType)
        read_options(the, tcp);
    tcp->object = xsThis;
    xsRemember(tcp->object);
    if (tcp->stream)
        stream_adopt(tcp->stream, tcp, on_events);
}

void tcp_object_accept(xsMachine *the, xsSlot *instance, Stream *stream)
{
    TCP *tcp = validate(the, instance);
    if (tcp->stream)
        xsUnknownError("in use");
    tcp->stream = stream;
}

void xs_lwip_tcp_close(xsMachine *the)
{
    if (!xsmcGetHostData(xsThis))
        return;
    TCP *tcp = validate(the, &xsThis);
    xsForget(tcp->object);
    xsmcSetHostData(xsThis, NULL);
    shut(tcp);
}

/* How many bytes read(count) or read(buffer) asks for: more than there are is an error. */
static size_t checked(xsMachine *the, xsNumberValue count, size_t available)
{
    if (!(count >= 1 && count <= (xsNumberValue)available))
        xsUnknownError("invalid: %d bytes can be read", (int)available);
    return (size_t)count;
}

void xs_lwip_tcp_read(xsMachine *the)
{
    TCP *tcp = validate(the, &xsThis);
    size_t available = tcp->stream ? stream_readable(tcp->stream) : 0, count = available;
    xsType type = xsmcArgc > 0 ? xsmcTypeOf(xsArg(0)) : xsUndefinedType;
    void *bytes;

    if (!available)
        return;
    if (tcp->number) {
        uint8_t byte;
        stream_read(tcp->stream, &byte, 1);
        xsmcSetInteger(xsResult, byte);
    } else if (type == xsReferenceType) {
        xsUnsignedValue size;
        xsmcGetBufferWritable(xsArg(0), &bytes, &size);
        count = checked(the, size, available);
        stream_read(tcp->stream, bytes, count);
        xsmcSetInteger(xsResult, (xsIntegerValue)count);
    } else {
        if (type != xsUndefinedType)
            count = checked(the, xsmcToNumber(xsArg(0)), available);
        bytes = xsmcSetArrayBuffer(xsResult, NULL, (xsIntegerValue)count);
        stream_read(tcp->stream, bytes, count);
    }
}

void xs_lwip_tcp_write(xsMachine *the)
{
    TCP *tcp = validate(the, &xsThis);
    xsUnsignedValue count = 1;
    uint8_t byte;
    void *bytes = &byte;

    if (!tcp->stream)
        xsUnknownError("not ready");
    if (tcp->number)
        byte = (uint8_t)xsmcToInteger(xsArg(0));
    else
        xsmcGetBufferReadable(xsArg(0), &bytes, &count);
    if (is_over(tcp))
        return;
    esp_err_t error = stream_write(tcp->stream, bytes, count);
    if (error == ESP_ERR_INVALID_STATE)
        return;
    if (error != ESP_OK)
        xsUnknownError("would block");
    xsmcSetInteger(xsResult, (xsIntegerValue)stream_writable(tcp->stream));
}

void xs_lwip_tcp_get_remote_address(xsMachine *the)
{
    TCP *tcp = validate(the, &xsThis);
    char text[kAddressText];
    uint16_t port;

    if (tcp->stream && stream_peer(tcp->stream, text, sizeof text, &port))
        xsmcSetString(xsResult, text);
}

void xs_lwip_tcp_get_remote_port(xsMachine *the)
{
    TCP *tcp = validate(the, &xsThis);
    char text[kAddressText];
    uint16_t port;

    if (tcp->stream && stream_peer(tcp->stream, text, sizeof text, &port))
        xsmcSetInteger(xsResult, port);
}

void xs_lwip_tcp_get_format(xsMachine *the)
{
    xsmcSetString(xsResult, validate(the, &xsThis)->number ? "number" : "buffer");
}

void xs_lwip_tcp_set_format(xsMachine *the)
{
    TCP *tcp = validate(the, &xsThis);
    tcp->number = option_is_number(the, &xsArg(0));
}
