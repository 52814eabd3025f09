/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "websocket-frames.h"

enum { kCapacity = 70000 };

static uint8_t stream[200000], message[kCapacity];
static size_t length;
static WebSocketReader reader;

static void begin(uint32_t capacity)
{
    length = 0;
    websocket_reader_init(&reader, message, capacity);
}

/* Appends a client's frame. */
static void frame(uint8_t first, const void *payload, size_t count)
{
    static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    uint8_t header[kWebSocketHeaderMaximum];
    size_t bytes = websocket_header(header, (WebSocketOpcode)0, count);

    header[0] = first;
    header[1] |= 0x80;
    memcpy(stream + length, header, bytes);
    memcpy(stream + length + bytes, mask, 4);
    length += bytes + 4;
    for (size_t i = 0; i < count; i++)
        stream[length++] = ((const uint8_t *)payload)[i] ^ mask[i % 4];
}

/* The next event of `stream` from `*at` on, read in pieces of `size` bytes, all at once if 0. */
static WebSocketEvent next(size_t *at, size_t size)
{
    WebSocketEvent event = kWebSocketNothing;
    while (event == kWebSocketNothing && *at < length) {
        size_t piece = size && size < length - *at ? size : length - *at, consumed;
        event = websocket_reader_feed(&reader, stream + *at, piece, &consumed);
        *at += consumed;
    }
    return event;
}

/* The code that the stream is closed with, 0 if it ends without an error. */
static uint16_t code_of(void)
{
    size_t at = 0;
    WebSocketEvent event;
    do
        event = next(&at, 0);
    while (event != kWebSocketError && at < length);
    return reader.close_code;
}

TEST("websocket: the frames of RFC 6455 section 5.7")
{
    static const uint8_t hello[] = {0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58};
    uint8_t header[kWebSocketHeaderMaximum];
    size_t at = 0;

    begin(kCapacity);
    memcpy(stream, hello, length = sizeof hello);
    EXPECT_EQUAL(next(&at, 0), kWebSocketMessage);
    EXPECT_EQUAL(reader.opcode, kWebSocketText);
    EXPECT(reader.length == 5 && !memcmp(message, "Hello", 5), "%.*s", (int)reader.length, message);
    EXPECT(websocket_header(header, kWebSocketText, 5) == 2 && !memcmp(header, "\x81\x05", 2), "short header");
    EXPECT(websocket_header(header, kWebSocketBinary, 256) == 4 && !memcmp(header, "\x82\x7e\x01\x00", 4), "16-bit header");
    EXPECT(websocket_header(header, kWebSocketBinary, 65536) == 10 && !memcmp(header, "\x82\x7f\0\0\0\0\0\x01\0\0", 10), "64-bit header");
    EXPECT(websocket_header(header, kWebSocketBinary, 38892) == 4 && !memcmp(header, "\x82\x7e\x97\xec", 4), "an image's header");
}

TEST("websocket: fragments make one message, control frames come between them, in pieces of any size")
{
    for (size_t size = 0; size < 40; size++) {
        size_t at = 0;
        begin(kCapacity);
        frame(0x01, "{\"cmd\":", 7);
        frame(0x89, "are you there", 13);
        frame(0x00, "\"get_", 5);
        frame(0x8a, "", 0);
        frame(0x80, "status\"}", 8);
        frame(0x82, "\x00\xff", 2);
        frame(0x88, "\x03\xe9gone", 6);
        EXPECT_EQUAL(next(&at, size), kWebSocketControl);
        EXPECT(reader.control_opcode == kWebSocketPing && reader.control_length == 13 && !memcmp(reader.control, "are you there", 13), "ping");
        EXPECT_EQUAL(next(&at, size), kWebSocketControl);
        EXPECT(reader.control_opcode == kWebSocketPong && reader.control_length == 0, "pong");
        EXPECT_EQUAL(next(&at, size), kWebSocketMessage);
        EXPECT(reader.opcode == kWebSocketText && reader.length == 20 && !memcmp(message, "{\"cmd\":\"get_status\"}", 20), "message");
        EXPECT_EQUAL(next(&at, size), kWebSocketMessage);
        EXPECT(reader.opcode == kWebSocketBinary && reader.length == 2 && !memcmp(message, "\x00\xff", 2), "binary message");
        EXPECT_EQUAL(next(&at, size), kWebSocketControl);
        EXPECT(reader.control_opcode == kWebSocketClose && reader.control_length == 6, "close");
        EXPECT_EQUAL(at, length);
        EXPECT_EQUAL(next(&at, size), kWebSocketNothing);
    }
}

TEST("websocket: messages of any length up to the limit come whole")
{
    static const uint32_t kLengths[] = {0, 1, 125, 126, 127, 65535, 65536, kCapacity};
    static uint8_t payload[kCapacity];
    Random random = {4};
    for (size_t i = 0; i < sizeof payload; i++)
        payload[i] = (uint8_t)random_next(&random);
    for (size_t i = 0; i < sizeof kLengths / sizeof *kLengths; i++) {
        size_t at = 0;
        begin(kCapacity);
        frame(0x82, payload, kLengths[i]);
        EXPECT_EQUAL(next(&at, 997), kWebSocketMessage);
        EXPECT(reader.length == kLengths[i] && !memcmp(message, payload, reader.length), "%u bytes", kLengths[i]);
    }
}

TEST("websocket: a message above the limit is refused before its payload")
{
    size_t at = 0;
    begin(10);
    frame(0x81, "0123456789", 10);
    EXPECT_EQUAL(next(&at, 0), kWebSocketMessage);
    frame(0x81, "0123456789a", 11);
    EXPECT_EQUAL(next(&at, 1), kWebSocketError);
    EXPECT_EQUAL(reader.close_code, kWebSocketTooBig);
    EXPECT_EQUAL(at, length - 11);
    begin(10);
    frame(0x01, "0123456", 7);
    frame(0x80, "0123", 4);
    EXPECT_EQUAL(code_of(), kWebSocketTooBig);
}

static const struct {
    const char *name;
    const char *bytes;
    size_t length;
} kWrong[] = {
    {"without a mask", "\x81\x05Hello", 7},
    {"reserved bit 1", "\xc1\x80", 2},
    {"reserved bit 2", "\xa1\x80", 2},
    {"reserved bit 3", "\x91\x80", 2},
    {"opcode 3", "\x83\x80", 2},
    {"opcode 7", "\x87\x80", 2},
    {"opcode 11", "\x8b\x80", 2},
    {"opcode 15", "\x8f\x80", 2},
    {"a continuation of nothing", "\x80\x80", 2},
    {"a new message inside another", "\x01\x80" "\0\0\0\0" "\x81\x80", 8},
    {"a fragmented ping", "\x09\x80", 2},
    {"a long ping", "\x89\xfe", 2},
    {"a length of 16 bits that fits 7", "\x81\xfe\x00\x7d" "\0\0\0\0", 8},
    {"a length of 64 bits that fits 16", "\x81\xff\0\0\0\0\0\0\xff\xff" "\0\0\0\0", 14},
    {"a length with the top bit", "\x81\xff\x80\0\0\0\0\0\0\0" "\0\0\0\0", 14},
    {"a close frame of one byte", "\x88\x81" "\0\0\0\0" "\x03", 7},
    {"close code 999", "\x88\x82" "\0\0\0\0" "\x03\xe7", 8},
    {"close code 1004", "\x88\x82" "\0\0\0\0" "\x03\xec", 8},
    {"close code 1005", "\x88\x82" "\0\0\0\0" "\x03\xed", 8},
    {"close code 1006", "\x88\x82" "\0\0\0\0" "\x03\xee", 8},
    {"close code 1015", "\x88\x82" "\0\0\0\0" "\x03\xf7", 8},
    {"close code 2999", "\x88\x82" "\0\0\0\0" "\x0b\xb7", 8},
    {"close code 5000", "\x88\x82" "\0\0\0\0" "\x13\x88", 8},
};

TEST("websocket: errors of the protocol close with 1002, and nothing more is read")
{
    for (size_t i = 0; i < sizeof kWrong / sizeof *kWrong; i++) {
        begin(kCapacity);
        memcpy(stream, kWrong[i].bytes, length = kWrong[i].length);
        uint16_t code = code_of();
        EXPECT(code == kWebSocketProtocolError, "%s: %u", kWrong[i].name, code);
        size_t consumed;
        EXPECT_EQUAL(websocket_reader_feed(&reader, stream, length, &consumed), kWebSocketError);
        EXPECT_EQUAL(consumed, 0);
    }
}

TEST("websocket: text must be UTF-8, as a whole; binary need not")
{
    static const struct {
        const char *text;
        bool right;
    } kTexts[] = {
        {"\xc3\xa4", true},          {"\xf0\x9f\x8c\xa1", true}, {"\xed\x9f\xbf", true},      {"\xf4\x8f\xbf\xbf", true},
        {"\xc3", false},             {"\xa4", false},            {"\xc0\xaf", false},         {"\xe0\x80\xaf", false},
        {"\xed\xa0\x80", false},     {"\xf0\x80\x80\xaf", false}, {"\xf4\x90\x80\x80", false}, {"\xf5\x80\x80\x80", false},
        {"\xff", false},
    };
    for (size_t i = 0; i < sizeof kTexts / sizeof *kTexts; i++) {
        size_t count = strlen(kTexts[i].text);
        begin(kCapacity);
        /* Cut inside a character. */
        frame(0x01, kTexts[i].text, 1);
        frame(0x80, kTexts[i].text + 1, count - 1);
        EXPECT(code_of() == (kTexts[i].right ? 0 : kWebSocketInvalidText), "text %zu: %u", i, reader.close_code);
        begin(kCapacity);
        frame(0x82, kTexts[i].text, count);
        EXPECT_EQUAL(code_of(), 0);
    }
    begin(kCapacity);
    frame(0x88, "\x03\xe8\xff", 3);
    EXPECT_EQUAL(code_of(), kWebSocketInvalidText);
}
