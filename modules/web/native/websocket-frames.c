/* SPDX-License-Identifier: Apache-2.0 */
#include "websocket-frames.h"

#include "utf8.h"

enum {
    kFin = 0x80,
    kReserved = 0x70,
    kOpcode = 0x0f,
    kControlBit = 0x08,
    kMasked = 0x80,
    kLength = 0x7f,
    kLength16 = 126,
    kLength64 = 127,
    kMaskBytes = 4,
    kShortHeader = 2,
};

void websocket_reader_init(WebSocketReader *reader, uint8_t *message, uint32_t capacity)
{
    *reader = (WebSocketReader){.message = message, .capacity = capacity, .header_wanted = kShortHeader};
}

static WebSocketEvent fail(WebSocketReader *reader, uint16_t code)
{
    reader->close_code = code;
    return kWebSocketError;
}

/* Codes that a client may send (RFC 6455 section 7.4, and the registry's additions). */
static bool is_close_code(uint32_t code)
{
    if (code < 1000 || code > 4999)
        return false;
    return code >= 3000 || (code <= 1014 && code != 1004 && code != 1005 && code != 1006);
}

static uint64_t big_endian(const uint8_t *bytes, size_t count)
{
    uint64_t value = 0;
    while (count--)
        value = value << 8 | *bytes++;
    return value;
}

static bool is_control(const WebSocketReader *reader)
{
    return reader->header[0] & kControlBit;
}

/* After the first two bytes of a header. Returns false if they are wrong. */
static bool check_start(WebSocketReader *reader)
{
    uint8_t first = reader->header[0], opcode = first & kOpcode, length = reader->header[1] & kLength;

    if ((first & kReserved) || !(reader->header[1] & kMasked))
        return false;
    if (opcode > kWebSocketPong || (opcode > kWebSocketBinary && opcode < kWebSocketClose))
        return false;
    if (is_control(reader))
        return (first & kFin) && length <= kWebSocketControlMaximum;
    return (opcode == kWebSocketContinuation) == reader->in_message;
}

/* After a whole header. Returns the code to close with, 0 if it is right. */
static uint16_t begin_payload(WebSocketReader *reader)
{
    uint8_t short_length = reader->header[1] & kLength;
    uint64_t length = short_length;

    if (short_length == kLength16)
        length = big_endian(reader->header + kShortHeader, 2);
    if (short_length == kLength64)
        length = big_endian(reader->header + kShortHeader, 8);
    if ((short_length == kLength16 && length < kLength16) || (short_length == kLength64 && (length <= UINT16_MAX || length >> 63)))
        return kWebSocketProtocolError;
    if (is_control(reader))
        reader->control_length = 0;
    else {
        if (!reader->in_message) {
            reader->length = 0;
            reader->opcode = (WebSocketOpcode)(reader->header[0] & kOpcode);
        }
        reader->in_message = true;
        if (length > reader->capacity - reader->length)
            return kWebSocketTooBig;
    }
    reader->left = (uint32_t)length;
    reader->mask_at = 0;
    reader->in_payload = true;
    return 0;
}

static WebSocketEvent end_control(WebSocketReader *reader)
{
    reader->control_opcode = (WebSocketOpcode)(reader->header[0] & kOpcode);
    if (reader->control_opcode == kWebSocketClose && reader->control_length) {
        if (reader->control_length < 2 || !is_close_code((uint32_t)big_endian(reader->control, 2)))
            return fail(reader, kWebSocketProtocolError);
        if (!utf8_is_valid(reader->control + 2, reader->control_length - 2u))
            return fail(reader, kWebSocketInvalidText);
    }
    return kWebSocketControl;
}

static WebSocketEvent end_frame(WebSocketReader *reader)
{
    reader->in_payload = false;
    reader->header_length = 0;
    reader->header_wanted = kShortHeader;
    if (is_control(reader))
        return end_control(reader);
    if (!(reader->header[0] & kFin))
        return kWebSocketNothing;
    reader->in_message = false;
    if (reader->opcode == kWebSocketText && !utf8_is_valid(reader->message, reader->length))
        return fail(reader, kWebSocketInvalidText);
    return kWebSocketMessage;
}

/* Removes the mask from payload bytes. Returns their number. */
static size_t take_payload(WebSocketReader *reader, const uint8_t *bytes, size_t count)
{
    const uint8_t *mask = reader->header + reader->header_length - kMaskBytes;
    bool control = is_control(reader);
    uint8_t *target = control ? reader->control + reader->control_length : reader->message + reader->length;
    size_t taken = count < reader->left ? count : reader->left;

    for (size_t i = 0; i < taken; i++)
        target[i] = bytes[i] ^ mask[(reader->mask_at + i) % kMaskBytes];
    reader->mask_at = (uint8_t)((reader->mask_at + taken) % kMaskBytes);
    reader->left -= (uint32_t)taken;
    if (control)
        reader->control_length = (uint8_t)(reader->control_length + taken);
    else
        reader->length += (uint32_t)taken;
    return taken;
}

/* Takes a byte of a header. Returns the code to close with, 0 if it is right. */
static uint16_t take_header(WebSocketReader *reader, uint8_t byte)
{
    reader->header[reader->header_length++] = byte;
    if (reader->header_length == kShortHeader) {
        uint8_t length = byte & kLength;
        if (!check_start(reader))
            return kWebSocketProtocolError;
        reader->header_wanted = kShortHeader + kMaskBytes + (length == kLength16 ? 2 : length == kLength64 ? 8 : 0);
    }
    return reader->header_length == reader->header_wanted ? begin_payload(reader) : 0;
}

WebSocketEvent websocket_reader_feed(WebSocketReader *reader, const uint8_t *bytes, size_t count, size_t *consumed)
{
    size_t at = 0;
    WebSocketEvent event = reader->close_code ? kWebSocketError : kWebSocketNothing;

    while (event == kWebSocketNothing && at < count) {
        if (reader->in_payload)
            at += take_payload(reader, bytes + at, count - at);
        else {
            uint16_t code = take_header(reader, bytes[at++]);
            if (code)
                event = fail(reader, code);
        }
        if (event == kWebSocketNothing && reader->in_payload && !reader->left)
            event = end_frame(reader);
    }
    *consumed = at;
    return event;
}

size_t websocket_header(uint8_t header[kWebSocketHeaderMaximum], WebSocketOpcode opcode, uint64_t length)
{
    size_t bytes = length < kLength16 ? 0 : length <= UINT16_MAX ? 2 : 8;

    header[0] = (uint8_t)(kFin | opcode);
    header[1] = (uint8_t)(!bytes ? length : bytes == 2 ? kLength16 : kLength64);
    for (size_t i = 0; i < bytes; i++)
        header[kShortHeader + i] = (uint8_t)(length >> 8 * (bytes - 1 - i));
    return kShortHeader + bytes;
}
