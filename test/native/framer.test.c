/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <stdlib.h>
#include <string.h>
#include "command-framer.h"
#include "reference-framer.h"

enum { kBytes = 40, kNesting = 3, kValues = 6, kStreamMaximum = 400 };

static const FramerLimits kLimits = {.bytes = kBytes, .nesting = kNesting, .values = kValues};
static uint8_t text[kBytes];
static CommandFramer framer;

/* Feeds all of a text without delimiters as one command. @returns whether it is valid */
static bool valid_bytes(const void *bytes, size_t length, FramerLimits limits)
{
    uint8_t *memory = malloc(limits.bytes);
    size_t consumed = 0;

    command_framer_init(&framer, memory, limits);
    consumed += command_framer_feed(&framer, (const uint8_t *)"\x02", 1);
    consumed += command_framer_feed(&framer, bytes, length);
    consumed += command_framer_feed(&framer, (const uint8_t *)"\x03", 1);
    bool valid = consumed == length + 2 && framer.event == kFramerCommand && framer.length == length && !memcmp(memory, bytes, length) &&
                 command_framer_valid(&framer);
    free(memory);
    /* The same check of a text that is there as a whole. */
    if (command_text_is_valid(bytes, length, limits) != valid)
        test_fail(__FILE__, __LINE__, "a whole text of %zu bytes, valid: %d", length, valid);
    return valid;
}

static bool valid(const char *string)
{
    return valid_bytes(string, strlen(string), (FramerLimits){.bytes = 60000, .nesting = 16, .values = 512});
}

/* The stream in reads of `step` bytes, or of random sizes for 0: the same commands as the reference finds. */
static bool agrees(const uint8_t *stream, size_t size, size_t step, Random *random)
{
    ReferenceFramer reference = {.stream = stream, .size = size, .limit = kBytes};
    ReferenceCommand command;
    size_t at = 0;

    command_framer_init(&framer, text, kLimits);
    while (at < size) {
        size_t count = step ? step : 1 + random_below(random, 30);
        /* Of exactly that size, so that the address sanitizer sees a byte too many. */
        count = count < size - at ? count : size - at;
        uint8_t *read = malloc(count);
        memcpy(read, stream + at, count);
        size_t consumed = command_framer_feed(&framer, read, count);
        free(read);
        at += consumed;
        if (framer.event == kFramerNone) {
            if (consumed != count)
                return false;
            continue;
        }
        if (!reference_next(&reference, &command) || reference.at != at || command.too_long != (framer.event == kFramerTooLong))
            return false;
        if (command.too_long)
            continue;
        bool expected = reference_utf8(command.text, command.length) && reference_bounded(command.text, command.length, kNesting, kValues);
        if (command_text_is_valid(command.text, command.length, kLimits) != expected)
            return false;
        if (framer.length != command.length || memcmp(text, command.text, command.length) || command_framer_valid(&framer) != expected)
            return false;
    }
    return !reference_next(&reference, &command);
}

/* Bytes and pieces that mean something, more often than chance has them. */
static size_t write_stream(uint8_t *stream, Random *random)
{
    static const char *const pieces[] = {"\x02", "\x02", "\x03", "\x03", "\"", "\"", "\\", "\\\"", ",", "{", "}", "[", "]", "a", "\x02{}\x03",
                                         "{\"cmd\":\"x\"}", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x94\xa5", "\xc3", "\xa4", "\xed\xa0\x80", "\xe0\x80\xaf",
                                         "\xf4\x90\x80\x80", "\xc0\x80", "aaaaaaaaaaaaaaaaaaaa", "[[[[", "1,1,1,1,"};
    size_t size = 0, target = random_below(random, kStreamMaximum - 30);

    while (size < target) {
        const char *piece = pieces[random_below(random, sizeof pieces / sizeof *pieces)];
        if (random_below(random, 12) == 0)
            stream[size++] = (uint8_t)random_next(random);
        memcpy(stream + size, piece, strlen(piece));
        size += strlen(piece);
    }
    return size;
}

TEST("framer: finds the commands of the reference, however the stream is split into reads")
{
    static uint8_t stream[kStreamMaximum];
    Random random = {1};
    uint32_t commands = 0, invalid = 0, too_long = 0;

    for (int run = 0; run < 20000; run++) {
        size_t size = write_stream(stream, &random);
        for (size_t step = 0; step < 4; step++)
            EXPECT(agrees(stream, size, step, &random), "run %d, reads of %zu bytes", run, step);
        EXPECT(agrees(stream, size, kStreamMaximum, &random), "run %d, one read", run);
        command_framer_init(&framer, text, kLimits);
        for (size_t at = 0; at < size;) {
            at += command_framer_feed(&framer, stream + at, size - at);
            commands += framer.event == kFramerCommand;
            invalid += framer.event == kFramerCommand && !command_framer_valid(&framer);
            too_long += framer.event == kFramerTooLong;
        }
    }
    /* The streams are of use only if they bring all three, often. */
    EXPECT(commands > 50000 && invalid > 10000 && too_long > 5000, "%u commands, %u invalid, %u too long", commands, invalid, too_long);
}

TEST("framer: two bytes in a string are UTF-8 exactly if the reference says so")
{
    for (uint32_t pair = 0; pair < 65536; pair++) {
        uint8_t bytes[] = {'"', (uint8_t)(pair >> 8), (uint8_t)pair, '"'};
        if (memchr(bytes, 2, sizeof bytes) || memchr(bytes, 3, sizeof bytes))
            continue;
        EXPECT(valid_bytes(bytes, sizeof bytes, kLimits) == reference_utf8(bytes, sizeof bytes), "bytes %02x %02x", bytes[1], bytes[2]);
    }
}

TEST("framer: the longest and the shortest UTF-8 of each length passes; one above, surrogates and overlong forms do not")
{
    static const char *const good[] = {"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
                                      "\xff", "\x80", "\xe2\x82", "\xe2\x82 "};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        EXPECT(valid(good[i]), "good %zu", i);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        EXPECT(!valid(bad[i]), "bad %zu", i);
    EXPECT(!valid_bytes("a\0b", 3, kLimits), "NUL");
}

TEST("framer: nests as deep and has as many values as the limits, and no more; not in strings")
{
    EXPECT(valid("[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"), "16 deep");
    EXPECT(!valid("[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]"), "17 deep");
    EXPECT(valid("{\"a\":\"[[[[[[[[[[[[[[[[[[[[\\\"[\"}"), "in a string");
    EXPECT(!valid("{\"a\":\"\\\\\",[[[[[[[[[[[[[[[[[[[["), "after a string");
    EXPECT(valid("{\"unfinished [[[[[[[[[[[[[[[[[[[["), "in an unfinished string");

    char list[2000] = "[";
    for (int values = 2; values < 520; values++) {
        strcat(list, values == 2 ? "1" : ",1");
        EXPECT(valid(list) == (values <= 512), "%d values", values);
    }
}

TEST("framer: a command of the greatest length passes, one byte more is too long, once and at once, and the next command works")
{
    uint8_t stream[kBytes + 8];
    memset(stream, 'a', sizeof stream);
    stream[0] = 2;
    stream[kBytes + 1] = 3;
    command_framer_init(&framer, text, kLimits);
    EXPECT_EQUAL(command_framer_feed(&framer, stream, sizeof stream), kBytes + 2);
    EXPECT_EQUAL(framer.event, kFramerCommand);
    EXPECT_EQUAL(framer.length, kBytes);

    stream[kBytes + 1] = 'a';
    EXPECT_EQUAL(command_framer_feed(&framer, stream, sizeof stream), kBytes + 2);
    EXPECT_EQUAL(framer.event, kFramerTooLong);
    EXPECT_EQUAL(command_framer_feed(&framer, (const uint8_t *)"aa\x03\x02{}\x03", 7), 7);
    EXPECT_EQUAL(framer.event, kFramerCommand);
    EXPECT_EQUAL(framer.length, 2);
    EXPECT(command_framer_valid(&framer), "the next command");
}

TEST("framer: a reset forgets a half-received command and all that is known of it")
{
    command_framer_init(&framer, text, kLimits);
    command_framer_feed(&framer, (const uint8_t *)"\x02[[[[\"\xc3", 7);
    command_framer_reset(&framer);
    EXPECT_EQUAL(command_framer_feed(&framer, (const uint8_t *)"\x03\x02{}\x03", 5), 5);
    EXPECT_EQUAL(framer.event, kFramerCommand);
    EXPECT_EQUAL(framer.length, 2);
    EXPECT(command_framer_valid(&framer), "the next command");
}

TEST("framer: a whole text is not valid with a delimiter in it, or above the limit")
{
    EXPECT(command_text_is_valid((const uint8_t *)"{\"a\":1}", 7, kLimits), "a command");
    EXPECT(!command_text_is_valid((const uint8_t *)"{\x02}", 3, kLimits), "STX");
    EXPECT(!command_text_is_valid((const uint8_t *)"{\"\x03\"}", 5, kLimits), "ETX in a string");
    memset(text, 'a', sizeof text);
    EXPECT(command_text_is_valid(text, kBytes, kLimits), "the longest");
    EXPECT(!command_text_is_valid(text, kBytes, (FramerLimits){.bytes = kBytes - 1, .nesting = 1, .values = 1}), "one byte more");
}
