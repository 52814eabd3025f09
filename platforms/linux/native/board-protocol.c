/* SPDX-License-Identifier: Apache-2.0 */
#include "board-protocol.h"

#include <string.h>

BoardParse boardParseHeader(const uint8_t *bytes, size_t count, BoardHeader *header)
{
    if (count < kBoardHeaderBytes)
        return kBoardIncomplete;
    uint32_t length = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
    uint8_t type = bytes[4];
    if (length > kBoardPayloadMaximum || type < 'A' || type > 'Z')
        return kBoardInvalid;
    header->type = type;
    header->length = length;
    return kBoardComplete;
}

void boardWriteHeader(uint8_t bytes[kBoardHeaderBytes], BoardHeader header)
{
    bytes[0] = (uint8_t)header.length;
    bytes[1] = (uint8_t)(header.length >> 8);
    bytes[2] = (uint8_t)(header.length >> 16);
    bytes[3] = (uint8_t)(header.length >> 24);
    bytes[4] = header.type;
}

BoardParse boardParseLine(const uint8_t *bytes, size_t count, size_t maximum, size_t *length)
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

static void skipSpace(Scan *scan)
{
    while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\r'))
        scan->at++;
}

static bool take(Scan *scan, char character)
{
    skipSpace(scan);
    if (scan->at == scan->end || *scan->at != character)
        return false;
    scan->at++;
    return true;
}

static int hexDigit(char character)
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
static bool scanEscape(Scan *scan)
{
    if (scan->at == scan->end)
        return false;
    char character = *scan->at++;
    if (character != 'u')
        return memchr("\"\\/bfnrt", character, 8) != NULL;
    for (int digits = 0; digits < 4; digits++, scan->at++)
        if (scan->at == scan->end || hexDigit(*scan->at) < 0)
            return false;
    return true;
}

static bool scanText(Scan *scan, BoardValue *value)
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
        if ((unsigned char)character < 0x20 || (character == '\\' && !scanEscape(scan)))
            return false;
    }
    return false;
}

static bool scanDigits(Scan *scan)
{
    const char *start = scan->at;
    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
        scan->at++;
    return scan->at > start;
}

static bool scanNumber(Scan *scan, BoardValue *value)
{
    value->kind = kBoardNumber;
    value->start = scan->at;
    if (scan->at < scan->end && *scan->at == '-')
        scan->at++;
    if (!scanDigits(scan))
        return false;
    if (scan->at < scan->end && *scan->at == '.') {
        scan->at++;
        if (!scanDigits(scan))
            return false;
    }
    if (scan->at < scan->end && (*scan->at == 'e' || *scan->at == 'E')) {
        scan->at++;
        if (scan->at < scan->end && (*scan->at == '-' || *scan->at == '+'))
            scan->at++;
        if (!scanDigits(scan))
            return false;
    }
    value->length = (size_t)(scan->at - value->start);
    return true;
}

static bool scanWord(Scan *scan, const char *word, BoardValueKind kind, BoardValue *value)
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

static bool scanValue(Scan *scan, BoardValue *value)
{
    skipSpace(scan);
    if (scan->at == scan->end)
        return false;
    switch (*scan->at) {
    case '"':
        return scanText(scan, value);
    case 't':
        return scanWord(scan, "true", kBoardTrue, value);
    case 'f':
        return scanWord(scan, "false", kBoardFalse, value);
    case 'n':
        return scanWord(scan, "null", kBoardNull, value);
    default:
        return scanNumber(scan, value);
    }
}

static bool scanMember(Scan *scan, const char *key, BoardValue *found)
{
    BoardValue name, value;
    if (!scanText(scan, &name) || !take(scan, ':') || !scanValue(scan, &value))
        return false;
    if (name.length == strlen(key) && !memcmp(name.start, key, name.length))
        *found = value;
    return true;
}

bool boardFindValue(const char *line, size_t length, const char *key, BoardValue *value)
{
    Scan scan = {line, line + length};
    *value = (BoardValue){kBoardNothing, NULL, 0};
    if (!take(&scan, '{'))
        return false;
    if (!take(&scan, '}')) {
        do {
            if (!scanMember(&scan, key, value))
                return false;
        } while (take(&scan, ','));
        if (!take(&scan, '}'))
            return false;
    }
    skipSpace(&scan);
    return scan.at == scan.end;
}

/* The character an escape stands for; `at` is behind the backslash and is moved to the escape's last character. */
static char resolveEscape(const char **at)
{
    static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
    if (**at != 'u') {
        const char *letter = strchr(letters, **at);
        return letter ? meanings[letter - letters] : **at;
    }
    int code = 0;
    for (int digits = 0; digits < 4; digits++)
        code = code << 4 | hexDigit(*++*at);
    return code > 0 && code < 0x80 ? (char)code : '?';
}

void boardCopyText(BoardValue value, char *text, size_t size)
{
    size_t count = 0;
    if (value.kind == kBoardText) {
        const char *end = value.start + value.length;
        for (const char *at = value.start; at < end && count + 1 < size; at++) {
            char character = *at;
            if (character == '\\') {
                at++;
                character = resolveEscape(&at);
            }
            text[count++] = (unsigned char)character < 0x80 ? character : '?';
        }
    }
    if (size)
        text[count] = 0;
}

bool boardReadUnsigned(BoardValue value, uint32_t *number)
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
