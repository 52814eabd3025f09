/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <stdlib.h>
#include <string.h>
#include "board-protocol.h"

TEST("board link: a header is what was written, for every length and type")
{
    static const uint32_t lengths[] = {0, 1, 255, 256, 65536, kBoardPayloadMaximum};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        for (uint8_t type = 'A'; type <= 'Z'; type++) {
            uint8_t bytes[kBoardHeaderBytes];
            BoardHeader header = {0, 0};
            board_write_header(bytes, (BoardHeader){type, lengths[i]});
            EXPECT_EQUAL(board_parse_header(bytes, sizeof bytes, &header), kBoardComplete);
            EXPECT_EQUAL(header.type, type);
            EXPECT_EQUAL(header.length, lengths[i]);
            for (size_t count = 0; count < sizeof bytes; count++)
                EXPECT_EQUAL(board_parse_header(bytes, count, &header), kBoardIncomplete);
        }
    }
}

TEST("board link: an endpoint is what was written, and no fewer bytes")
{
    static const uint16_t ports[] = {0, 1, 255, 256, 5001, 65535};
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
        uint8_t bytes[kBoardEndpointBytes];
        BoardEndpoint endpoint;
        board_write_endpoint(bytes, &(BoardEndpoint){{192, 168, 4, 1}, ports[i]});
        EXPECT_EQUAL(board_parse_endpoint(bytes, sizeof bytes, &endpoint), true);
        EXPECT_EQUAL(memcmp(endpoint.address, (uint8_t[]){192, 168, 4, 1}, sizeof endpoint.address), 0);
        EXPECT_EQUAL(endpoint.port, ports[i]);
        for (size_t count = 0; count < sizeof bytes; count++)
            EXPECT_EQUAL(board_parse_endpoint(bytes, count, &endpoint), false);
    }
}

TEST("board link: a frame header is what was written; it may hold a whole message, and no more")
{
    static const uint32_t lengths[] = {0, 1, 255, 65536, kBoardPayloadMaximum + kBoardHeaderBytes};
    static const uint16_t channels[] = {0, 1, 255, 256, 65535};
    uint8_t bytes[kBoardFrameBytes];
    BoardFrame frame = {0, 0, 0};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        board_write_frame(bytes, (BoardFrame){'D', channels[i], lengths[i]});
        EXPECT_EQUAL(board_parse_frame(bytes, sizeof bytes, &frame), kBoardComplete);
        EXPECT_EQUAL(frame.kind, 'D');
        EXPECT_EQUAL(frame.channel, channels[i]);
        EXPECT_EQUAL(frame.length, lengths[i]);
        for (size_t count = 0; count < sizeof bytes; count++)
            EXPECT_EQUAL(board_parse_frame(bytes, count, &frame), kBoardIncomplete);
    }
    board_write_frame(bytes, (BoardFrame){'D', 1, kBoardPayloadMaximum + kBoardHeaderBytes + 1});
    EXPECT_EQUAL(board_parse_frame(bytes, sizeof bytes, &frame), kBoardInvalid);
    board_write_frame(bytes, (BoardFrame){'d', 1, 0});
    EXPECT_EQUAL(board_parse_frame(bytes, sizeof bytes, &frame), kBoardInvalid);
}

TEST("board link: integers are little-endian")
{
    static const uint8_t expected[] = {0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11};
    uint8_t bytes[8];
    board_write64(bytes, 0x1122334455667788);
    EXPECT_EQUAL(memcmp(bytes, expected, sizeof bytes), 0);
    EXPECT_EQUAL(board_read64(bytes), 0x1122334455667788);
    EXPECT_EQUAL(board_read32(bytes), 0x55667788);
}

TEST("board link: a message that is too long, or of a type that is no letter, is invalid")
{
    static const uint8_t tooLong[] = {1, 0, 0x10, 0, 'D'}, huge[] = {0xff, 0xff, 0xff, 0xff, 'D'}, noLetter[] = {0, 0, 0, 0, 'a'};
    BoardHeader header;
    EXPECT_EQUAL(board_parse_header(tooLong, 5, &header), kBoardInvalid);
    EXPECT_EQUAL(board_parse_header(huge, 5, &header), kBoardInvalid);
    EXPECT_EQUAL(board_parse_header(noLetter, 5, &header), kBoardInvalid);
}

TEST("board link: a line ends at its newline, within its maximum")
{
    const uint8_t *bytes = (const uint8_t *)"{}\nmore";
    size_t length = 99;
    EXPECT_EQUAL(board_parse_line(bytes, 0, 4096, &length), kBoardIncomplete);
    EXPECT_EQUAL(board_parse_line(bytes, 2, 4096, &length), kBoardIncomplete);
    EXPECT_EQUAL(board_parse_line(bytes, 7, 4096, &length), kBoardComplete);
    EXPECT_EQUAL(length, 2);
    EXPECT_EQUAL(board_parse_line(bytes, 7, 3, &length), kBoardComplete);
    EXPECT_EQUAL(board_parse_line(bytes, 7, 2, &length), kBoardInvalid);
    EXPECT_EQUAL(board_parse_line(bytes, 2, 2, &length), kBoardInvalid);
    EXPECT_EQUAL(board_parse_line((const uint8_t *)"\n", 1, 4096, &length), kBoardComplete);
    EXPECT_EQUAL(length, 0);
}

/* The kind of `key` in `line`, or -1 when the line is not understood. */
static int kindOf(const char *line, const char *key)
{
    BoardValue value;
    return board_find_value(line, strlen(line), key, &value) ? (int)value.kind : -1;
}

TEST("board link: values of each kind are found in an answer")
{
    const char *line = " { \"ok\" : true,\"no\":false, \"size\":2097152 , \"label\":\"ota_0\",\"none\":null,\"e\":-1.5e+3}\r";
    EXPECT_EQUAL(kindOf(line, "ok"), kBoardTrue);
    EXPECT_EQUAL(kindOf(line, "no"), kBoardFalse);
    EXPECT_EQUAL(kindOf(line, "size"), kBoardNumber);
    EXPECT_EQUAL(kindOf(line, "label"), kBoardText);
    EXPECT_EQUAL(kindOf(line, "none"), kBoardNull);
    EXPECT_EQUAL(kindOf(line, "e"), kBoardNumber);
    EXPECT_EQUAL(kindOf(line, "missing"), kBoardNothing);
    EXPECT_EQUAL(kindOf("{}", "ok"), kBoardNothing);
    EXPECT_EQUAL(kindOf("{\"ok\":false,\"ok\":true}", "ok"), kBoardTrue);
}

TEST("board link: what is not one flat JSON object is not understood")
{
    static const char *const lines[] = {
        "", "{", "}", "null", "{\"ok\"}", "{\"ok\":}", "{\"ok\":tru}", "{\"ok\":true,}", "{\"ok\":true} x", "{\"ok\":{}}", "{\"ok\":[1]}",
        "{ok:true}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12g4\"}", "{\"a\":\"open}", "{\"a\":\"\\", "{\"a\":1.}", "{\"a\":-}", "{\"a\":1e}", "{\"a\":\"\t\"}",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        EXPECT(kindOf(lines[i], "ok") == -1, "understood: %s", lines[i]);
}

TEST("board link: a prefix of an answer is never taken for one")
{
    const char *line = "{\"ok\":true,\"mac\":\"c4:dd:57:00:ef:b4\",\"crashes\":2,\"e\":1.5e2}";
    for (size_t length = 0; length < strlen(line); length++) {
        /* In memory of its own, so that the sanitizer sees every byte too far. */
        char *copy = malloc(length ? length : 1);
        BoardValue value;
        memcpy(copy, line, length);
        bool understood = board_find_value(copy, length, "ok", &value);
        free(copy);
        EXPECT(!understood, "understood: %.*s", (int)length, line);
    }
}

TEST("board link: texts come without escapes, cut to the room there is")
{
    const char *line = "{\"error\":\"no such \\\"pin\\\"\\n\\u0041\\u00e9\\u0000\\\\/\"}";
    BoardValue value;
    char text[32];
    EXPECT(board_find_value(line, strlen(line), "error", &value), "not understood");
    board_copy_text(value, text, sizeof text);
    EXPECT(!strcmp(text, "no such \"pin\"\nA??\\/"), "text is %s", text);
    board_copy_text(value, text, 8);
    EXPECT(!strcmp(text, "no such"), "text is %s", text);
    board_copy_text(value, text, 1);
    EXPECT(!strcmp(text, ""), "text is %s", text);
    board_copy_text((BoardValue){kBoardNumber, "12", 2}, text, sizeof text);
    EXPECT(!strcmp(text, ""), "text is %s", text);
}

TEST("board link: numbers are unsigned 32-bit integers or nothing")
{
    static const struct {
        const char *text;
        bool good;
        uint32_t number;
    } kCases[] = {
        {"0", true, 0}, {"4294967295", true, UINT32_MAX}, {"4294967296", false, 0}, {"99999999999", false, 0},
        {"18446744073709551617", false, 0}, /* 1 in 64 bits */
        {"-1", false, 0}, {"1.5", false, 0},
    };
    for (size_t i = 0; i < sizeof kCases / sizeof *kCases; i++) {
        uint32_t number = 7;
        bool good = board_read_unsigned((BoardValue){kBoardNumber, kCases[i].text, strlen(kCases[i].text)}, &number);
        EXPECT(good == kCases[i].good, "%s is %s", kCases[i].text, good ? "a number" : "no number");
        EXPECT_EQUAL(number, good ? kCases[i].number : 7);
    }
}
