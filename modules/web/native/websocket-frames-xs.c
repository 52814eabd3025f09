/* SPDX-License-Identifier: Apache-2.0 */

/* The natives of modules/web/websocket-frames.ts. */

#include <stdlib.h>
#include <string.h>

#include "xsmc.h"
#include "mc.xs.h"
#include "command-text.h"
#include "native-class.h"
#include "websocket-accept.h"
#include "websocket-frames.h"

typedef struct Reader {
    CommandText text; /* messages */
    WebSocketReader core;
    WebSocketEvent event; /* at which the last feed() stopped */
    FramerLimits limits;
} Reader;

void xs_websocket_reader_destructor(void *data);

static const xsHostHooks kHooks = {xs_websocket_reader_destructor, command_text_mark, NULL};

void xs_websocket_reader_destructor(void *data)
{
    free(data);
}

/* Constructor(limits): bytes of a message, nesting and values of a command. */
void xs_websocket_reader(xsMachine *the)
{
    FramerLimits limits;
    Reader *reader = command_text_create(the, sizeof *reader, &kHooks, &limits);

    reader->limits = limits;
    websocket_reader_init(&reader->core, NULL, limits.bytes);
}

static Reader *this_reader(xsMachine *the)
{
    Reader *reader = xsmcGetHostDataValidate(xsThis, (void *)&kHooks);

    reader->core.message = command_text_bytes(the, &reader->text);
    return reader;
}

/* feed(bytes, from, to): consumes bytes up to the first event; returns the position after them. */
void xs_websocket_reader_feed(xsMachine *the)
{
    uint32_t from;
    size_t count, consumed;
    const uint8_t *bytes = native_feed(the, &from, &count);
    Reader *reader = this_reader(the);

    reader->event = websocket_reader_feed(&reader->core, bytes, count, &consumed);
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
    if (command_text_is_valid(reader->core.message, reader->core.length, reader->limits))
        command_text_result(the, &reader->text, reader->core.length);
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
    uint32_t opcode = native_unsigned(the, &xsArg(0), "opcode", kWebSocketPong);
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
