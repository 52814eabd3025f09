/* SPDX-License-Identifier: Apache-2.0 */

/* The natives of modules/web/websocket-frames.ts. */

#include <stdlib.h>
#include <string.h>

#include "xsmc.h"
#include "mc.xs.h"
#include "command-framer.h"
#include "websocket-accept.h"
#include "websocket-frames.h"

typedef struct Reader {
    WebSocketReader core;
    WebSocketEvent event; /* at which the last feed() stopped */
    FramerLimits limits;
    xsSlot *buffer; /* for messages: an ArrayBuffer, whose bytes a garbage collection moves */
} Reader;

void xs_websocket_reader_destructor(void *data);
static void mark(xsMachine *the, void *data, xsMarkRoot markRoot);

static const xsHostHooks kHooks = {xs_websocket_reader_destructor, mark, NULL};

void xs_websocket_reader_destructor(void *data)
{
    free(data);
}

static void mark(xsMachine *the, void *data, xsMarkRoot markRoot)
{
    Reader *reader = data;
    if (reader)
        (*markRoot)(the, reader->buffer);
}

/* `value` as an integer, 0 to `highest`. */
static uint32_t to_unsigned(xsMachine *the, xsSlot *value, const char *name, uint32_t highest)
{
    double number = xsmcToNumber(*value);

    /* Also false for NaN. */
    if (!(number >= 0 && number <= highest) || number != (double)(uint32_t)number)
        xsRangeError("%s: expected 0 to %d", name, (int)highest);
    return (uint32_t)number;
}

static uint32_t limit(xsMachine *the, xsIdentifier id, const char *name)
{
    enum { kHighestLimit = 65535 };
    xsmcGet(xsVar(0), xsArg(0), id);
    return to_unsigned(the, &xsVar(0), name, kHighestLimit);
}

/* Constructor(limits): bytes of a message, nesting and values of a command. */
void xs_websocket_reader(xsMachine *the)
{
    FramerLimits limits;

    xsmcVars(1);
    if (xsmcArgc < 1 || xsmcTypeOf(xsArg(0)) != xsReferenceType)
        xsTypeError("limits: expected an object");
    limits.bytes = limit(the, xsID_bytes, "bytes");
    limits.nesting = limit(the, xsID_nesting, "nesting");
    limits.values = limit(the, xsID_values, "values");
    xsmcSetArrayBuffer(xsVar(0), NULL, (xsIntegerValue)limits.bytes);
    xsSlot *buffer = fxToReference(the, &xsVar(0));
    Reader *reader = calloc(1, sizeof *reader);
    if (!reader)
        xsUnknownError("no memory for a reader");
    reader->buffer = buffer;
    reader->limits = limits;
    websocket_reader_init(&reader->core, NULL, limits.bytes);
    xsmcSetHostData(xsThis, reader);
    xsSetHostHooks(xsThis, (xsHostHooks *)&kHooks);
}

static Reader *this_reader(xsMachine *the)
{
    Reader *reader = xsmcGetHostDataValidate(xsThis, (void *)&kHooks);
    xsSlot buffer = xsReference(reader->buffer);

    reader->core.message = xsmcToArrayBuffer(buffer);
    return reader;
}

/* feed(bytes, from, to): consumes bytes up to the first event; returns the position after them. */
void xs_websocket_reader_feed(xsMachine *the)
{
    Reader *reader = this_reader(the);
    void *bytes;
    xsUnsignedValue size;
    size_t consumed;

    if (xsmcArgc < 3)
        xsTypeError("feed: expected bytes, from and to");
    uint32_t to = to_unsigned(the, &xsArg(2), "to", INT32_MAX);
    uint32_t from = to_unsigned(the, &xsArg(1), "from", to);
    xsmcGetBufferReadable(xsArg(0), &bytes, &size);
    if (to > size)
        xsRangeError("to: expected at most %d", (int)size);
    reader->event = websocket_reader_feed(&reader->core, (const uint8_t *)bytes + from, to - from, &consumed);
    xsmcSetInteger(xsResult, (xsIntegerValue)(from + consumed));
}

/* The kind of the last event: the opcode of a message or control frame, 0 for none, or a close code. */
void xs_websocket_reader_get_event(xsMachine *the)
{
    const Reader *reader = this_reader(the);

    switch (reader->event) {
    case kWebSocketNothing:
        xsmcSetInteger(xsResult, 0);
        break;
    case kWebSocketMessage:
        xsmcSetInteger(xsResult, reader->core.opcode);
        break;
    case kWebSocketControl:
        xsmcSetInteger(xsResult, reader->core.control_opcode);
        break;
    case kWebSocketError:
        xsmcSetInteger(xsResult, reader->core.close_code);
        break;
    }
}

/* The text message at which feed() stopped; undefined if it is not fit for a JSON parser. */
void xs_websocket_reader_get_text(xsMachine *the)
{
    const Reader *reader = this_reader(the);

    if (reader->event != kWebSocketMessage || reader->core.opcode != kWebSocketText)
        return;
    if (!command_text_is_valid(reader->core.message, reader->core.length, reader->limits))
        return;
    /* XS stores strings in UTF-8. The allocation may have moved the text. */
    xsmcSetStringBuffer(xsResult, NULL, (xsIntegerValue)reader->core.length);
    memcpy(xsmcToString(xsResult), this_reader(the)->core.message, reader->core.length);
}

/* The payload of the control frame at which feed() stopped. */
void xs_websocket_reader_get_payload(xsMachine *the)
{
    Reader *reader = this_reader(the);

    xsmcSetArrayBuffer(xsResult, reader->core.control, reader->event == kWebSocketControl ? reader->core.control_length : 0);
}

/* reset(): the next bytes are of another connection. */
void xs_websocket_reader_reset(xsMachine *the)
{
    Reader *reader = this_reader(the);

    reader->event = kWebSocketNothing;
    websocket_reader_init(&reader->core, NULL, reader->limits.bytes);
}

/* xs_websocket_frame(opcode, payload): returns the payload in a frame, as an ArrayBuffer. */
void xs_websocket_frame(xsMachine *the)
{
    uint8_t header[kWebSocketHeaderMaximum];
    void *payload;
    xsUnsignedValue length;

    if (xsmcArgc < 2)
        xsTypeError("frame: expected opcode and payload");
    uint32_t opcode = to_unsigned(the, &xsArg(0), "opcode", kWebSocketPong);
    xsmcGetBufferReadable(xsArg(1), &payload, &length);
    size_t bytes = websocket_header(header, (WebSocketOpcode)opcode, length);
    uint8_t *frame = xsmcSetArrayBuffer(xsResult, NULL, (xsIntegerValue)(bytes + length));
    /* The allocation may have moved the payload. */
    xsmcGetBufferReadable(xsArg(1), &payload, &length);
    memcpy(frame, header, bytes);
    memcpy(frame + bytes, payload, length);
}

/* xs_websocket_accept(key): returns the value of Sec-WebSocket-Accept. */
void xs_websocket_accept(xsMachine *the)
{
    char accept[kWebSocketAcceptCharacters + 1] = {0};

    if (xsmcArgc < 1)
        xsTypeError("accept: expected a key");
    const char *key = xsmcToString(xsArg(0));
    size_t length = strlen(key);
    if (length > kWebSocketKeyMaximum)
        xsRangeError("key: expected at most %d characters", kWebSocketKeyMaximum);
    websocket_accept(accept, key, length);
    xsmcSetString(xsResult, accept);
}
