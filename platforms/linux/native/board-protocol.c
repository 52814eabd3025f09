/* SPDX-License-Identifier: Apache-2.0 */
#include "board-protocol.h"

#include <string.h>

enum { kKindAt = 4, kChannelAt = 5 };

uint32_t board_read32(const uint8_t bytes[4])
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

uint64_t board_read64(const uint8_t bytes[8])
{
    return board_read32(bytes) | (uint64_t)board_read32(bytes + 4) << 32;
}

void board_write32(uint8_t bytes[4], uint32_t value)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
}

void board_write64(uint8_t bytes[8], uint64_t value)
{
    board_write32(bytes, (uint32_t)value);
    board_write32(bytes + 4, (uint32_t)(value >> 32));
}

static bool is_letter(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z';
}

BoardParse board_parse_header(const uint8_t *bytes, size_t count, BoardHeader *header)
{
    if (count < kBoardHeaderBytes)
        return kBoardIncomplete;
    uint32_t length = board_read32(bytes);
    if (length > kBoardPayloadMaximum || !is_letter(bytes[kKindAt]))
        return kBoardInvalid;
    *header = (BoardHeader){.type = bytes[kKindAt], .length = length};
    return kBoardComplete;
}

void board_write_header(uint8_t bytes[kBoardHeaderBytes], BoardHeader header)
{
    board_write32(bytes, header.length);
    bytes[kKindAt] = header.type;
}

BoardParse board_parse_frame(const uint8_t *bytes, size_t count, BoardFrame *frame)
{
    if (count < kBoardFrameBytes)
        return kBoardIncomplete;
    uint32_t length = board_read32(bytes);
    if (length > kBoardPayloadMaximum + kBoardHeaderBytes || !is_letter(bytes[kKindAt]))
        return kBoardInvalid;
    *frame = (BoardFrame){
        .kind = bytes[kKindAt],
        .channel = (uint16_t)(bytes[kChannelAt] | bytes[kChannelAt + 1] << 8),
        .length = length,
    };
    return kBoardComplete;
}

void board_write_frame(uint8_t bytes[kBoardFrameBytes], BoardFrame frame)
{
    board_write32(bytes, frame.length);
    bytes[kKindAt] = frame.kind;
    bytes[kChannelAt] = (uint8_t)frame.channel;
    bytes[kChannelAt + 1] = (uint8_t)(frame.channel >> 8);
}

bool board_parse_endpoint(const uint8_t *bytes, size_t count, BoardEndpoint *endpoint)
{
    if (count < kBoardEndpointBytes)
        return false;
    memcpy(endpoint->address, bytes, sizeof endpoint->address);
    endpoint->port = (uint16_t)(bytes[4] | bytes[5] << 8);
    return true;
}

void board_write_endpoint(uint8_t bytes[kBoardEndpointBytes], const BoardEndpoint *endpoint)
{
    memcpy(bytes, endpoint->address, sizeof endpoint->address);
    bytes[4] = (uint8_t)endpoint->port;
    bytes[5] = (uint8_t)(endpoint->port >> 8);
}

BoardParse board_parse_line(const uint8_t *bytes, size_t count, size_t maximum, size_t *length)
{
    size_t searched = count < maximum ? count : maximum;
    const uint8_t *end = searched ? memchr(bytes, '\n', searched) : NULL;
    if (end) {
        *length = (size_t)(end - bytes);
        return kBoardComplete;
    }
    return count >= maximum ? kBoardInvalid : kBoardIncomplete;
}

/* Where a scan of the line stands. */
typedef struct {
    const char *at;
    const char *end;
} Scan;

static void skip_space(Scan *scan)
{
    while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\r'))
        scan->at++;
}

static bool take(Scan *scan, char character)
{
    skip_space(scan);
    if (scan->at == scan->end || *scan->at != character)
        return false;
    scan->at++;
    return true;
}

static int hex_digit(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    if (character >= 'a' && character <= 'f')
        return character - 'a' + 10;
    if (character >= 'A' && character <= 'F')
        return character - 'A' + 10;
    return -1;
}

/* An escape, the backslash being taken already. */
static bool scan_escape(Scan *scan)
{
    if (scan->at == scan->end)
        return false;
    char character = *scan->at++;
    if (character != 'u')
        return memchr("\"\\/bfnrt", character, 8) != NULL;
    for (int digits = 0; digits < 4; digits++, scan->at++)
        if (scan->at == scan->end || hex_digit(*scan->at) < 0)
            return false;
    return true;
}

static bool scan_text(Scan *scan, BoardValue *value)
{
    if (!take(scan, '"'))
        return false;
    value->kind = kBoardText;
    value->start = scan->at;
    while (scan->at < scan->end) {
        char character = *scan->at++;
        if (character == '"') {
            value->length = (size_t)(scan->at - 1 - value->start);
            return true;
        }
        if ((unsigned char)character < 0x20 || (character == '\\' && !scan_escape(scan)))
            return false;
    }
    return false;
}

static bool scan_digits(Scan *scan)
{
    const char *start = scan->at;
    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
        scan->at++;
    return scan->at > start;
}

static bool scan_number(Scan *scan, BoardValue *value)
{
    value->kind = kBoardNumber;
    value->start = scan->at;
    if (scan->at < scan->end && *scan->at == '-')
        scan->at++;
    if (!scan_digits(scan))
        return false;
    if (scan->at < scan->end && *scan->at == '.') {
        scan->at++;
        if (!scan_digits(scan))
            return false;
    }
    if (scan->at < scan->end && (*scan->at == 'e' || *scan->at == 'E')) {
        scan->at++;
        if (scan->at < scan->end && (*scan->at == '-' || *scan->at == '+'))
            scan->at++;
        if (!scan_digits(scan))
            return false;
    }
    value->length = (size_t)(scan->at - value->start);
    return true;
}

static bool scan_word(Scan *scan, const char *word, BoardValueKind kind, BoardValue *value)
{
    size_t length = strlen(word);
    if ((size_t)(scan->end - scan->at) < length || memcmp(scan->at, word, length))
        return false;
    value->kind = kind;
    value->start = scan->at;
    value->length = length;
    scan->at += length;
    return true;
}

static bool scan_value(Scan *scan, BoardValue *value)
{
    skip_space(scan);
    if (scan->at == scan->end)
        return false;
    switch (*scan->at) {
    case '"':
        return scan_text(scan, value);
    case 't':
        return scan_word(scan, "true", kBoardTrue, value);
    case 'f':
        return scan_word(scan, "false", kBoardFalse, value);
    case 'n':
        return scan_word(scan, "null", kBoardNull, value);
    default:
        return scan_number(scan, value);
    }
}

static bool scan_member(Scan *scan, const char *key, BoardValue *found)
{
    BoardValue name, value;
    if (!scan_text(scan, &name) || !take(scan, ':') || !scan_value(scan, &value))
        return false;
    if (name.length == strlen(key) && !memcmp(name.start, key, name.length))
        *found = value;
    return true;
}

bool board_find_value(const char *line, size_t length, const char *key, BoardValue *value)
{
    Scan scan = {line, line + length};
    *value = (BoardValue){kBoardNothing, NULL, 0};
    if (!take(&scan, '{'))
        return false;
    if (!take(&scan, '}')) {
        do {
            if (!scan_member(&scan, key, value))
                return false;
        } while (take(&scan, ','));
        if (!take(&scan, '}'))
            return false;
    }
    skip_space(&scan);
    return scan.at == scan.end;
}

/* The character an escape stands for; `at` is behind the backslash and is moved to the escape's last character. */
static char resolve_escape(const char **at)
{
    static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
    if (**at != 'u') {
        const char *letter = strchr(letters, **at);
        return letter ? meanings[letter - letters] : **at;
    }
    int code = 0;
    for (int digits = 0; digits < 4; digits++)
        code = code << 4 | hex_digit(*++*at);
    return code > 0 && code < 0x80 ? (char)code : '?';
}

void board_copy_text(BoardValue value, char *text, size_t size)
{
    size_t count = 0;
    if (value.kind == kBoardText) {
        const char *end = value.start + value.length;
        for (const char *at = value.start; at < end && count + 1 < size; at++) {
            char character = *at;
            if (character == '\\') {
                at++;
                character = resolve_escape(&at);
            }
            text[count++] = (unsigned char)character < 0x80 ? character : '?';
        }
    }
    if (size)
        text[count] = 0;
}

bool board_read_unsigned(BoardValue value, uint32_t *number)
{
    uint64_t sum = 0;
    if (value.kind != kBoardNumber || value.length > 10)
        return false;
    for (size_t i = 0; i < value.length; i++) {
        if (value.start[i] < '0' || value.start[i] > '9')
            return false;
        sum = sum * 10 + (uint64_t)(value.start[i] - '0');
    }
    if (sum > UINT32_MAX)
        return false;
    *number = (uint32_t)sum;
    return true;
}
