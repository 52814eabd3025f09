/* SPDX-License-Identifier: Apache-2.0 */

/* Fuzzes the parser of the board's data (platforms/linux/native/board-protocol.c): lines, answers and messages. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "board-protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition)
        abort();
}

/* An answer line: reads every key and copies its value to buffers of several sizes. */
static void answer(const char *line, size_t length)
{
    static const char *const keys[] = {"ok", "error", "size", "label", ""};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        BoardValue value;
        uint32_t number;
        if (!board_find_value(line, length, keys[i], &value) || value.kind == kBoardNothing)
            continue;
        require(value.start >= line && value.start + value.length <= line + length);
        for (size_t room = 0; room < 12; room += 5) {
            char *text = malloc(room ? room : 1);
            board_copy_text(value, text, room);
            require(!room || strlen(text) < room);
            free(text);
        }
        board_read_unsigned(value, &number);
    }
}

/* What a payload about a connection or a datagram begins with. */
static void endpoint(const uint8_t *payload, size_t size)
{
    BoardEndpoint found;
    uint8_t again[kBoardEndpointBytes];
    require(board_parse_endpoint(payload, size, &found) == (size >= kBoardEndpointBytes));
    if (size < kBoardEndpointBytes)
        return;
    board_write_endpoint(again, &found);
    require(!memcmp(again, payload, sizeof again));
}

/* A sequence of messages, up to the first invalid one. */
static void messages(const uint8_t *data, size_t size)
{
    BoardHeader header;
    uint8_t again[kBoardHeaderBytes];
    while (board_parse_header(data, size, &header) == kBoardComplete) {
        require(header.length <= kBoardPayloadMaximum);
        board_write_header(again, header);
        require(!memcmp(again, data, sizeof again));
        if (size - kBoardHeaderBytes < header.length)
            return;
        endpoint(data + kBoardHeaderBytes, header.length);
        data += kBoardHeaderBytes + header.length;
        size -= kBoardHeaderBytes + header.length;
    }
}

/* The same for lock-step's frames. */
static void frames(const uint8_t *data, size_t size)
{
    BoardFrame frame;
    uint8_t again[kBoardFrameBytes];
    while (board_parse_frame(data, size, &frame) == kBoardComplete) {
        require(frame.length <= kBoardPayloadMaximum + kBoardHeaderBytes);
        board_write_frame(again, frame);
        require(!memcmp(again, data, sizeof again));
        if (size - kBoardFrameBytes < frame.length)
            return;
        data += kBoardFrameBytes + frame.length;
        size -= kBoardFrameBytes + frame.length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t length;
    if (board_parse_line(data, size, kBoardLineMaximum, &length) == kBoardComplete) {
        require(length < size && data[length] == '\n');
        answer((const char *)data, length);
        messages(data + length + 1, size - length - 1);
    } else {
        answer((const char *)data, size);
        messages(data, size);
        frames(data, size);
    }
    return 0;
}
