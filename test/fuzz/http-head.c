/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Fuzzes the reader of HTTP heads: the result and the bytes consumed do not depend on how a stream is split, kept texts
 * lie in their memory and have no control characters, and limits hold.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http-head.h"
#include "websocket-accept.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static HttpHead whole, split;

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void check_text(HttpText text)
{
    require(text.at + text.length <= whole.used && whole.used <= sizeof whole.text);
    for (size_t i = 0; i < text.length; i++) {
        uint8_t byte = (uint8_t)whole.text[text.at + i];
        require((byte >= ' ' || byte == '\t') && byte != 0x7f);
    }
}

/* Feeds a copy of exactly these bytes, so that the address sanitizer sees any read beyond them. */
static size_t feed(HttpHead *head, const uint8_t *data, size_t size)
{
    uint8_t *bytes = malloc(size ? size : 1);
    require(bytes != NULL);
    memcpy(bytes, data, size);
    size_t consumed = http_head_feed(head, bytes, size);
    free(bytes);
    require(consumed <= size && (consumed == size || head->status));
    return consumed;
}

/* The answer to a client's key depends on nothing but the key. */
static void check_accept(HttpText key)
{
    char accept[2][kWebSocketAcceptCharacters], *copy;

    if (!key.length || key.length > kWebSocketKeyMaximum)
        return;
    /* Memory of exactly this size, so that the address sanitizer sees a byte too many. */
    copy = malloc(key.length);
    require(copy != NULL);
    memcpy(copy, whole.text + key.at, key.length);
    websocket_accept(accept[0], copy, key.length);
    websocket_accept(accept[1], whole.text + key.at, key.length);
    free(copy);
    require(!memcmp(accept[0], accept[1], sizeof accept[0]) && accept[0][kWebSocketAcceptCharacters - 1] == '=');
}

/* The first byte seeds the sizes of pieces; the rest is the stream. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    uint32_t seed = data[0];
    data++;
    size--;
    http_head_init(&whole);
    http_head_init(&split);
    size_t consumed = feed(&whole, data, size), at = 0;
    while (at < size && !split.status) {
        seed = seed * 1664525 + 1013904223;
        size_t piece = 1 + (seed >> 24) % 9;
        at += feed(&split, data + at, piece < size - at ? piece : size - at);
    }
    require(at == consumed);
    require(split.status == whole.status && split.used == whole.used && split.has_length == whole.has_length && split.length == whole.length);
    require(!memcmp(split.text + 1, whole.text + 1, whole.used ? whole.used - 1u : 0));
    require(!memcmp(split.fields, whole.fields, sizeof whole.fields));
    for (int field = 0; field < kHttpFields; field++)
        check_text(whole.fields[field]);
    require(!whole.status || whole.status == 200 || whole.status == 400 || whole.status == 413 || whole.status == 414 || whole.status == 431 ||
            whole.status == 501 || whole.status == 505);
    if (whole.status == 200) {
        check_text(whole.target);
        require(whole.target.length && consumed >= 2 && data[consumed - 1] == '\n' && data[consumed - 2] == '\r');
        check_accept(whole.fields[kHttpWebSocketKey]);
        require(whole.minor == 0 || http_head_has(&whole, kHttpHost));
        require(consumed <= kHttpLineMaximum + 4 + kHttpHeaderMaximum + 2);
    }
    return 0;
}
