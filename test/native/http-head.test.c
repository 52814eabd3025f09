/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "http-head.h"

static HttpHead head;

/* Feeds a request in pieces of `size` bytes, all at once if 0. Returns the bytes consumed. */
static size_t feed(const char *request, size_t length, size_t size)
{
    size_t at = 0;
    http_head_init(&head);
    while (at < length && !head.status) {
        size_t piece = size && size < length - at ? size : length - at;
        at += http_head_feed(&head, (const uint8_t *)request + at, piece);
    }
    return at;
}

static bool text_is(HttpText text, const char *expected)
{
    return text.length == strlen(expected) && !memcmp(head.text + text.at, expected, text.length);
}

TEST("http head: a browser's request is read, in pieces of any size")
{
    static const char request[] =
        "GET /snapshot.jpg?palette=iron&scale=2 HTTP/1.1\r\n"
        "Host: 192.168.4.1:80\r\n"
        "User-Agent: x\r\n"
        "CONNECTION:keep-alive\r\n"
        "Accept: text/html, */*;q=0.8\r\n"
        "Origin: \t http://192.168.4.1 \t\r\n"
        "If-None-Match: \"a\"\r\n"
        "if-none-match:\"b\"\r\n"
        "Sec-Fetch-Site: same-origin\r\n"
        "Content-Length: 12 \r\n"
        "Empty:\r\n"
        "Content-Type:\r\n"
        "Cookie: a=1\r\n"
        "Cookie: b=2\r\n"
        "\r\nbody";
    size_t length = sizeof request - 1;
    for (size_t size = 0; size < length; size++) {
        EXPECT_EQUAL(feed(request, length, size), length - 4);
        EXPECT_EQUAL(head.status, 200);
        EXPECT_EQUAL(head.method, kHttpGet);
        EXPECT_EQUAL(head.minor, 1);
        EXPECT(text_is(head.target, "/snapshot.jpg?palette=iron&scale=2"), "target");
        EXPECT(text_is(head.fields[kHttpHost], "192.168.4.1:80"), "host");
        EXPECT(text_is(head.fields[kHttpConnection], "keep-alive"), "connection");
        EXPECT(text_is(head.fields[kHttpOrigin], "http://192.168.4.1"), "origin");
        EXPECT(text_is(head.fields[kHttpIfNoneMatch], "\"a\",\"b\""), "if-none-match");
        EXPECT(text_is(head.fields[kHttpSecFetchSite], "same-origin"), "sec-fetch-site");
        EXPECT(http_head_has(&head, kHttpContentType) && text_is(head.fields[kHttpContentType], ""), "content-type");
        EXPECT(!http_head_has(&head, kHttpUpgrade), "upgrade");
        EXPECT(head.has_length, "no length");
        EXPECT_EQUAL(head.length, 12);
        EXPECT_EQUAL(http_head_feed(&head, (const uint8_t *)"more", 4), 0);
    }
}

static const struct {
    const char *name, *request;
    uint16_t status;
} kCases[] = {
    {"HTTP/1.0 needs no host", "GET / HTTP/1.0\r\n\r\n", 200},
    {"an empty line before it", "\r\nGET / HTTP/1.0\r\n\r\n", 200},
    {"two empty lines before it", "\r\n\r\nGET / HTTP/1.0\r\n\r\n", 400},
    {"HEAD", "HEAD / HTTP/1.0\r\n\r\n", 200},
    {"a method that is not known is for the server to refuse", "DELETE / HTTP/1.0\r\n\r\n", 200},
    {"a long method", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA / HTTP/1.0\r\n\r\n", 200},
    {"a URL as target", "GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n", 200},
    {"OPTIONS *", "OPTIONS * HTTP/1.0\r\n\r\n", 200},
    {"equal lengths twice", "PUT / HTTP/1.0\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", 200},
    {"the largest length", "PUT / HTTP/1.0\r\nContent-Length: 4294967295\r\n\r\n", 200},
    {"a value with bytes above ASCII", "GET / HTTP/1.0\r\nX: \xc3\xa4\r\n\r\n", 200},

    {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
    {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
    {"two origins", "GET / HTTP/1.0\r\nOrigin: a\r\norigin: a\r\n\r\n", 400},
    {"no target", "GET  HTTP/1.1\r\n\r\n", 400},
    {"a target without a slash", "GET x HTTP/1.0\r\n\r\n", 400},
    {"GET *", "GET * HTTP/1.0\r\n\r\n", 400},
    {"a fragment", "GET /a#b HTTP/1.0\r\n\r\n", 400},
    {"a control character in the target", "GET /\x01 HTTP/1.0\r\n\r\n", 400},
    {"a byte above ASCII in the target", "GET /\xc3\xa4 HTTP/1.0\r\n\r\n", 400},
    {"no version", "GET /\r\n\r\n", 400},
    {"two spaces", "GET /  HTTP/1.0\r\n\r\n", 400},
    {"HTTP/2.0", "GET / HTTP/2.0\r\n\r\n", 505},
    {"HTTP/1.2", "GET / HTTP/1.2\r\n\r\n", 505},
    {"lower case", "GET / http/1.1\r\n\r\n", 400},
    {"no method", " / HTTP/1.0\r\n\r\n", 400},
    {"TLS", "\x16\x03\x01\x02\x00", 400},
    {"a line that ends with LF", "GET / HTTP/1.0\n\n", 400},
    {"a field that ends with LF", "GET / HTTP/1.0\r\nX: a\nY: b\r\n\r\n", 400},
    {"a bare CR in a value", "GET / HTTP/1.0\r\nX: a\rb\r\n\r\n", 400},
    {"a bare CR at the end", "GET / HTTP/1.0\r\n\rX", 400},
    {"a control character in a value", "GET / HTTP/1.0\r\nX: a\x0b\r\n\r\n", 400},
    {"DEL in a value", "GET / HTTP/1.0\r\nX: \x7f\r\n\r\n", 400},
    {"a line without a colon", "GET / HTTP/1.0\r\nX\r\n\r\n", 400},
    {"a line without a name", "GET / HTTP/1.0\r\n: a\r\n\r\n", 400},
    {"a space before the colon", "GET / HTTP/1.0\r\nContent-Length : 5\r\n\r\n", 400},
    {"a folded line", "GET / HTTP/1.0\r\nX: a\r\n b\r\n\r\n", 400},
    {"a space before the first field", "GET / HTTP/1.0\r\n X: a\r\n\r\n", 400},
    {"two different lengths", "PUT / HTTP/1.0\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400},
    {"a list of lengths", "PUT / HTTP/1.0\r\nContent-Length: 5, 5\r\n\r\n", 400},
    {"a length of two words", "PUT / HTTP/1.0\r\nContent-Length: 5 5\r\n\r\n", 400},
    {"a negative length", "PUT / HTTP/1.0\r\nContent-Length: -5\r\n\r\n", 400},
    {"a length with a sign", "PUT / HTTP/1.0\r\nContent-Length: +5\r\n\r\n", 400},
    {"a hexadecimal length", "PUT / HTTP/1.0\r\nContent-Length: 0x5\r\n\r\n", 400},
    {"an empty length", "PUT / HTTP/1.0\r\nContent-Length:\r\n\r\n", 400},
    {"a length that does not fit", "PUT / HTTP/1.0\r\nContent-Length: 4294967296\r\n\r\n", 413},
    {"a length with many zeros", "PUT / HTTP/1.0\r\nContent-Length: 00000000005\r\n\r\n", 413},
    {"chunks", "PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 501},
    {"chunks and a length", "PUT / HTTP/1.0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
};

TEST("http head: what is right is taken, what is wrong is refused, in pieces of any size")
{
    for (size_t i = 0; i < sizeof kCases / sizeof *kCases; i++)
        for (size_t size = 0; size < 8; size++) {
            feed(kCases[i].request, strlen(kCases[i].request), size);
            EXPECT(head.status == kCases[i].status, "%s: %u in pieces of %zu", kCases[i].name, head.status, size);
        }
}

TEST("http head: a NUL anywhere is refused")
{
    static const char request[] = "GET /a HTTP/1.1\r\nHost: b\r\nOrigin: c\r\n\r\n";
    char changed[sizeof request];
    for (size_t at = 0; at < sizeof request - 1; at++) {
        memcpy(changed, request, sizeof request);
        changed[at] = 0;
        feed(changed, sizeof request - 1, 0);
        EXPECT(head.status == 400, "%u with a NUL at %zu", head.status, at);
    }
}

/* A request whose line has `line` bytes, and fields that take `fields` bytes in `lines` lines. */
static size_t make_request(char *request, size_t line, size_t fields, size_t lines)
{
    size_t at = (size_t)sprintf(request, "GET /");
    while (at < line - 9)
        request[at++] = 'a';
    at += (size_t)sprintf(request + at, " HTTP/1.0\r\n");
    for (size_t i = 0; i < lines; i++) {
        size_t length = i + 1 < lines ? fields / lines : fields - fields / lines * (lines - 1);
        at += (size_t)sprintf(request + at, "Range%zu:", i);
        for (size_t used = strlen("Range:") + (i > 9 ? 2 : 1); used < length - 2; used++)
            request[at++] = 'v';
        at += (size_t)sprintf(request + at, "\r\n");
    }
    return at + (size_t)sprintf(request + at, "\r\n");
}

TEST("http head: limits are exact")
{
    static char request[8000];
    static const struct {
        size_t line, fields, lines;
        uint16_t status;
    } kLimits[] = {
        {kHttpLineMaximum, 100, 1, 200},     {kHttpLineMaximum + 1, 100, 1, 414},
        {30, kHttpHeaderMaximum - 2, 1, 200}, {30, kHttpHeaderMaximum - 1, 1, 431},
        {30, 48 * 20, kHttpFieldsMaximum, 200}, {30, 49 * 20, kHttpFieldsMaximum + 1, 431},
    };
    for (size_t i = 0; i < sizeof kLimits / sizeof *kLimits; i++) {
        size_t length = make_request(request, kLimits[i].line, kLimits[i].fields, kLimits[i].lines);
        feed(request, length, 0);
        EXPECT(head.status == kLimits[i].status, "case %zu: %u", i, head.status);
    }
}

TEST("http head: kept values fill their memory and not more")
{
    static char request[8000];
    size_t at = (size_t)sprintf(request, "GET /");
    while (at < 1015)
        request[at++] = 'a';
    at += (size_t)sprintf(request + at, " HTTP/1.0\r\n");
    /* Each line of a list moves the values before it. */
    for (int i = 0; i < 40; i++)
        at += (size_t)sprintf(request + at, "Connection: 0123456789012345678901234567890123456789012345678901234567890123456789012345\r\n");
    at += (size_t)sprintf(request + at, "\r\n");
    feed(request, at, 0);
    EXPECT_EQUAL(head.status, 431);
    EXPECT(head.used <= sizeof head.text, "%u used", head.used);
}
