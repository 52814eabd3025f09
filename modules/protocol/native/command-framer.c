/* SPDX-License-Identifier: Apache-2.0 */
#include "command-framer.h"

enum { kStx = 2, kEtx = 3 };

enum {
    kOutside,  /* between commands */
    kSkipping, /* in a command that was too long */
    kText,     /* in a command, outside strings */
    kString,
    kEscape,   /* in a string, after a backslash */
};

/* Bytes that end a run of others: in a string, and in the text outside strings. */
enum { kEndsString = 1, kEndsText = 2, kEndsBoth = 3 };

static const uint8_t kEnds[256] = {
    [0] = kEndsBoth,  [kStx] = kEndsBoth, [kEtx] = kEndsBoth, ['"'] = kEndsBoth, ['\\'] = kEndsString, [','] = kEndsText,
    ['{'] = kEndsText, ['['] = kEndsText, ['}'] = kEndsText,  [']'] = kEndsText, [0x80 ... 0xff] = kEndsBoth,
};

static void begin(CommandFramer *framer)
{
    framer->state = kText;
    framer->length = 0;
    framer->invalid = false;
    framer->utf8 = (Utf8){0};
    framer->depth = 0;
    framer->values = 1;
}

void command_framer_init(CommandFramer *framer, uint8_t *text, FramerLimits limits)
{
    *framer = (CommandFramer){.limits = limits, .text = text};
    command_framer_reset(framer);
}

void command_framer_reset(CommandFramer *framer)
{
    begin(framer);
    framer->state = kOutside;
    framer->event = kFramerNone;
}

bool command_framer_valid(const CommandFramer *framer)
{
    return !framer->invalid && !framer->utf8.continuation && framer->values <= framer->limits.values;
}

static void check_structure(CommandFramer *framer, uint8_t byte)
{
    switch (byte) {
    case '"':
        framer->state = kString;
        break;
    case ',':
        framer->values++;
        break;
    case '{':
    case '[':
        framer->values++;
        if (++framer->depth > (int32_t)framer->limits.nesting)
            framer->invalid = true;
        break;
    case '}':
    case ']':
        framer->depth--;
        break;
    }
}

/* A byte of the command that may mean something. */
static void check(CommandFramer *framer, uint8_t byte)
{
    if (byte >= 0x80 || byte == 0 || framer->utf8.continuation)
        framer->invalid |= !utf8_take(&framer->utf8, byte) || byte == 0;
    if (framer->state == kText)
        check_structure(framer, byte);
    else if (framer->state == kEscape)
        framer->state = kString;
    else if (byte == '\\')
        framer->state = kEscape;
    else if (byte == '"')
        framer->state = kText;
}

/*
 * Stores bytes that mean nothing, at most up to `end`. Returns the first one that was not stored. Not inlined, because its
 * loop needs the registers.
 */
static __attribute__((noinline)) const uint8_t *store_run(CommandFramer *framer, const uint8_t *bytes, const uint8_t *end)
{
    uint32_t mask = framer->state == kString ? kEndsString : kEndsText;
    const uint8_t *from = bytes, *ends = kEnds;
    uint8_t *to = framer->text + framer->length;

    if (framer->utf8.continuation || framer->state == kEscape)
        return bytes;
    __asm__("" : "+r"(ends)); /* keeps the table's address in a register */
    for (; end - bytes >= 4; bytes += 4, to += 4) {
        uint8_t a = bytes[0], b = bytes[1], c = bytes[2], d = bytes[3];
        if ((ends[a] | ends[b] | ends[c] | ends[d]) & mask)
            break;
        to[0] = a;
        to[1] = b;
        to[2] = c;
        to[3] = d;
    }
    for (; bytes < end && !(ends[*bytes] & mask); bytes++)
        *to++ = *bytes;
    framer->length += (uint32_t)(bytes - from);
    return bytes;
}

static void end_command(CommandFramer *framer)
{
    if (framer->state != kOutside && framer->state != kSkipping)
        framer->event = kFramerCommand;
    framer->state = kOutside;
}

/* Takes one byte of a command that is no delimiter. */
static void take(CommandFramer *framer, uint8_t byte)
{
    if (framer->length == framer->limits.bytes) {
        framer->state = kSkipping;
        framer->event = kFramerTooLong;
        return;
    }
    check(framer, byte);
    framer->text[framer->length++] = byte;
}

size_t command_framer_feed(CommandFramer *framer, const uint8_t *bytes, size_t count)
{
    const uint8_t *at = bytes, *end = bytes + count;

    framer->event = kFramerNone;
    while (at < end && framer->event == kFramerNone) {
        bool inside = framer->state != kOutside && framer->state != kSkipping;
        if (inside) {
            uint32_t room = framer->limits.bytes - framer->length;
            at = store_run(framer, at, (size_t)(end - at) < room ? end : at + room);
            if (at == end)
                break;
        }
        uint8_t byte = *at++;
        if (byte == kStx)
            begin(framer);
        else if (byte == kEtx)
            end_command(framer);
        else if (inside)
            take(framer, byte);
    }
    return (size_t)(at - bytes);
}

bool command_text_is_valid(const uint8_t *text, size_t count, FramerLimits limits)
{
    CommandFramer framer = {.limits = limits};

    begin(&framer);
    for (const uint8_t *end = text + count; text < end; text++) {
        uint8_t mask = framer.state == kText ? kEndsText : kEndsString;
        if (*text == kStx || *text == kEtx)
            return false;
        if ((kEnds[*text] & mask) || framer.state == kEscape || framer.utf8.continuation)
            check(&framer, *text);
    }
    return count <= limits.bytes && command_framer_valid(&framer);
}
