/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <string.h>
#include "websocket-accept.h"

static const char *hex_of(const void *data, size_t count)
{
    static char text[2 * kSha1Bytes + 1];
    uint8_t digest[kSha1Bytes];

    sha1(digest, data, count);
    for (size_t i = 0; i < sizeof digest; i++)
        sprintf(text + 2 * i, "%02x", digest[i]);
    return text;
}

/* The messages are those of FIPS 180-2, and the lengths around a block's end; digests of the others are from sha1sum. */
TEST("sha1: digests of known messages")
{
    static const struct {
        const char *message, *digest;
    } kKnown[] = {
        {"", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
        {"abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
    };
    for (size_t i = 0; i < sizeof kKnown / sizeof *kKnown; i++) {
        const char *digest = hex_of(kKnown[i].message, strlen(kKnown[i].message));
        EXPECT(!strcmp(digest, kKnown[i].digest), "message %zu: %s", i, digest);
    }
    static char many[1000000];
    memset(many, 'a', sizeof many);
    EXPECT(!strcmp(hex_of(many, sizeof many), "34aa973cd4c4daa4f61eeb2bdbad27316534016f"), "a million");
    EXPECT(!strcmp(hex_of(many, 55), "c1c8bbdc22796e28c0e15163d20899b65621d65a"), "55");
    EXPECT(!strcmp(hex_of(many, 56), "c2db330f6083854c99d4b5bfb6e8f29f201be699"), "56");
    EXPECT(!strcmp(hex_of(many, 63), "03f09f5b158a7a8cdad920bddc29b81c18a551f5"), "63");
    EXPECT(!strcmp(hex_of(many, 64), "0098ba824b5c16427bd7a1122a5a442a25ec644d"), "64");
    EXPECT(!strcmp(hex_of(many, 65), "11655326c708d70319be2610e8a57d9a5b959d3b"), "65");
}

TEST("websocket: the answer to a key is that of RFC 6455 section 1.3")
{
    char accept[kWebSocketAcceptCharacters];
    static const char key[] = "dGhlIHNhbXBsZSBub25jZQ==";

    websocket_accept(accept, key, strlen(key));
    EXPECT(!memcmp(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", sizeof accept), "%.28s", accept);
}
