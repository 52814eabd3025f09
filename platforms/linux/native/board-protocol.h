/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_BOARD_PROTOCOL_H
#define TCAM_BOARD_PROTOCOL_H

/*
 * The bytes of the board link (docs/board-link.md): messages, lines and the opening answer.
 * Portable: no OS, no allocation, no state. Nothing that the board sends is trusted.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    kBoardHeaderBytes = 5,
    kBoardFrameBytes = 7,
    /* A message with more payload than this is refused. */
    kBoardPayloadMaximum = 1048576,
    /* The longest opening line and answer, newline included. */
    kBoardLineMaximum = 4096
};

typedef enum {
    kBoardIncomplete, /* more bytes are needed */
    kBoardComplete,
    kBoardInvalid /* nothing after this can be understood */
} BoardParse;

typedef struct {
    uint8_t type; /* an ASCII letter */
    uint32_t length;
} BoardHeader;

/* Reads a message header from `kBoardHeaderBytes` bytes or more. */
BoardParse board_parse_header(const uint8_t *bytes, size_t count, BoardHeader *header);

/* Writes a message header. */
void board_write_header(uint8_t bytes[kBoardHeaderBytes], BoardHeader header);

/* A frame of lock-step: what its channel carries, or a message about the clock. Its payload may hold a whole message. */
typedef struct {
    uint8_t kind; /* an ASCII letter */
    uint16_t channel;
    uint32_t length;
} BoardFrame;

/* Reads a frame header from `kBoardFrameBytes` bytes or more. */
BoardParse board_parse_frame(const uint8_t *bytes, size_t count, BoardFrame *frame);

void board_write_frame(uint8_t bytes[kBoardFrameBytes], BoardFrame frame);

/* An IPv4 endpoint in a payload: address in network order, then the port. */
enum { kBoardEndpointBytes = 6 };

typedef struct {
    uint8_t address[4];
    uint16_t port;
} BoardEndpoint;

/* False: fewer than kBoardEndpointBytes. */
bool board_parse_endpoint(const uint8_t *bytes, size_t count, BoardEndpoint *endpoint);
void board_write_endpoint(uint8_t bytes[kBoardEndpointBytes], const BoardEndpoint *endpoint);

/* Little-endian integers of payloads. */
uint32_t board_read32(const uint8_t bytes[4]);
uint64_t board_read64(const uint8_t bytes[8]);
void board_write32(uint8_t bytes[4], uint32_t value);
void board_write64(uint8_t bytes[8], uint64_t value);

/* A line of at most `maximum` bytes, its newline included, at the start of `bytes`; `length` is without the newline. */
BoardParse board_parse_line(const uint8_t *bytes, size_t count, size_t maximum, size_t *length);

typedef enum { kBoardNothing, kBoardText, kBoardNumber, kBoardTrue, kBoardFalse, kBoardNull } BoardValueKind;

typedef struct {
    BoardValueKind kind;
    const char *start; /* of a text: behind the opening quote; of a number: its first character */
    size_t length;     /* bytes in the line, escapes not resolved */
} BoardValue;

/*
 * Checks that `line` is one flat JSON object and finds the value of `key` in it (kind kBoardNothing: not there).
 * False: the line is not a flat JSON object.
 */
bool board_find_value(const char *line, size_t length, const char *key, BoardValue *value);

/* Copies a text value, escapes resolved (other than ASCII becomes `?`), cut to `size - 1` bytes and ended by 0. */
void board_copy_text(BoardValue value, char *text, size_t size);

/* A number value as unsigned integer; false when it is no such number or out of range. */
bool board_read_unsigned(BoardValue value, uint32_t *number);

#endif
