/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEBSOCKET_FRAMES_H
#define WEBSOCKET_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A server's side of WebSocket frames (RFC 6455): reads those of a client, writes the headers of its own. Messages are
 * put together from their fragments and checked; the result does not depend on how the stream is split into reads.
 * Portable: no OS, no malloc, no globals.
 */

typedef enum WebSocketOpcode {
    kWebSocketContinuation = 0,
    kWebSocketText = 1,
    kWebSocketBinary = 2,
    kWebSocketClose = 8,
    kWebSocketPing = 9,
    kWebSocketPong = 10,
} WebSocketOpcode;

typedef enum WebSocketEvent {
    kWebSocketNothing, /* more bytes are needed */
    kWebSocketMessage, /* `message`, `length` bytes, of kind `opcode`: text or binary; text is UTF-8 */
    kWebSocketControl, /* `control`, `control_length` bytes, of kind `control_opcode`: close, ping or pong */
    kWebSocketError,   /* `close_code` says why the connection has to be closed; nothing more is read */
} WebSocketEvent;

/* Close codes of RFC 6455 section 7.4.1 that the reader gives. */
enum { kWebSocketProtocolError = 1002, kWebSocketInvalidText = 1007, kWebSocketTooBig = 1009 };

enum { kWebSocketControlMaximum = 125, kWebSocketHeaderMaximum = 10 };

typedef struct WebSocketReader {
    uint8_t *message; /* memory of the caller */
    uint32_t capacity;
    uint32_t length;
    WebSocketOpcode opcode;
    uint8_t control[kWebSocketControlMaximum];
    uint8_t control_length;
    WebSocketOpcode control_opcode;
    uint16_t close_code;

    /* State of the reader. */
    uint8_t header[14]; /* of the frame: up to 10 bytes and the mask */
    uint8_t header_length;
    uint8_t header_wanted;
    bool in_payload;
    bool in_message; /* fragments have come, the last one has not */
    uint32_t left;   /* payload bytes of the frame that are missing */
    uint8_t mask_at;
} WebSocketReader;

/* Messages are put together in `message`, at most `capacity` bytes. */
void websocket_reader_init(WebSocketReader *reader, uint8_t *message, uint32_t capacity);

/* Consumes bytes up to the first event. `*consumed` is their number. What an event names is valid until the next call. */
WebSocketEvent websocket_reader_feed(WebSocketReader *reader, const uint8_t *bytes, size_t count, size_t *consumed);

/* Writes the header of an unfragmented frame of the server. Returns its length. */
size_t websocket_header(uint8_t header[kWebSocketHeaderMaximum], WebSocketOpcode opcode, uint64_t length);

#endif
