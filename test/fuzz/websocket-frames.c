/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Fuzzes the reader of WebSocket frames: events do not depend on how a stream is split, nothing is written beyond the
 * message's memory, and what an encoder writes comes back.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "websocket-frames.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { kCapacity = 300 };

typedef struct Stream {
    WebSocketReader reader;
    size_t at;
    uint32_t seed; /* 0: all at once */
} Stream;

static void require(bool condition)
{
    if (!condition)
        abort();
}

static WebSocketEvent next(Stream *stream, const uint8_t *data, size_t size)
{
    WebSocketEvent event = kWebSocketNothing;
    while (event == kWebSocketNothing && stream->at < size) {
        size_t piece = size - stream->at, consumed;
        if (stream->seed) {
            stream->seed = stream->seed * 1664525 + 1013904223;
            size_t wanted = 1 + (stream->seed >> 24) % 9;
            piece = wanted < piece ? wanted : piece;
        }
        event = websocket_reader_feed(&stream->reader, data + stream->at, piece, &consumed);
        require(consumed <= piece && (consumed == piece || event != kWebSocketNothing));
        stream->at += consumed;
    }
    return event;
}

static void check_split(const uint8_t *data, size_t size, uint32_t seed)
{
    /* Of exactly that size, so that the address sanitizer sees any byte too many. */
    uint8_t *messages[2] = {malloc(kCapacity), malloc(kCapacity)};
    Stream whole = {.seed = 0}, split = {.seed = seed | 1};
    require(messages[0] && messages[1]);
    websocket_reader_init(&whole.reader, messages[0], kCapacity);
    websocket_reader_init(&split.reader, messages[1], kCapacity);
    for (WebSocketEvent event = kWebSocketMessage; event == kWebSocketMessage || event == kWebSocketControl;) {
        event = next(&whole, data, size);
        require(next(&split, data, size) == event && split.at == whole.at);
        require(whole.reader.length <= kCapacity && whole.reader.control_length <= kWebSocketControlMaximum);
        if (event == kWebSocketMessage)
            require(split.reader.length == whole.reader.length && !memcmp(messages[0], messages[1], whole.reader.length));
        if (event == kWebSocketControl)
            require(split.reader.control_length == whole.reader.control_length &&
                    !memcmp(split.reader.control, whole.reader.control, whole.reader.control_length));
        if (event == kWebSocketError)
            require(whole.reader.close_code && split.reader.close_code == whole.reader.close_code);
    }
    free(messages[0]);
    free(messages[1]);
}

/* A binary message of the input in fragments comes back as it was. */
static void check_message(const uint8_t *data, size_t size, uint32_t seed)
{
    static uint8_t stream[8 * kCapacity], message[kCapacity];
    size_t count = size < kCapacity ? size : kCapacity, length = 0, consumed;
    WebSocketReader reader;

    for (size_t at = 0, first = 1; at < count || first; first = 0) {
        size_t piece = 1 + (seed = seed * 1664525 + 1013904223) % 200;
        piece = piece < count - at ? piece : count - at;
        bool last = at + piece == count;
        length += websocket_header(stream + length, first ? kWebSocketBinary : kWebSocketContinuation, piece);
        size_t header = piece < 126 ? 2 : 4;
        stream[length - header] = (uint8_t)((last ? 0x80 : 0) | (first ? kWebSocketBinary : kWebSocketContinuation));
        stream[length - header + 1] |= 0x80;
        memcpy(stream + length, &seed, 4);
        for (size_t i = 0; i < piece; i++)
            stream[length + 4 + i] = data[at + i] ^ ((const uint8_t *)&seed)[i % 4];
        length += 4 + piece;
        at += piece;
    }
    websocket_reader_init(&reader, message, kCapacity);
    require(websocket_reader_feed(&reader, stream, length, &consumed) == kWebSocketMessage);
    require(consumed == length && reader.length == count && !memcmp(message, data, count));
}

/* The first byte seeds the sizes of pieces; the rest is the stream, and a message. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    check_split(data + 1, size - 1, data[0]);
    check_message(data + 1, size - 1, data[0]);
    return 0;
}
