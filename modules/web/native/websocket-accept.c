/* SPDX-License-Identifier: Apache-2.0 */
#include "websocket-accept.h"

#include <string.h>
#include "base64-codec.h"

enum { kBlock = 64, kRounds = 80, kLengthBytes = 8 };

static uint32_t rotate(uint32_t value, int bits)
{
    return value << bits | value >> (32 - bits);
}

static uint32_t big_endian(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void put_big_endian(uint8_t *bytes, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* The function and constant of a round, for b, c, d. */
static uint32_t round_term(int round, const uint32_t *state)
{
    uint32_t b = state[1], c = state[2], d = state[3];

    switch (round / 20) {
    case 0:
        return ((b & c) | (~b & d)) + 0x5a827999;
    case 1:
        return (b ^ c ^ d) + 0x6ed9eba1;
    case 2:
        return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
    default:
        return (b ^ c ^ d) + 0xca62c1d6;
    }
}

static void add_block(uint32_t hash[5], const uint8_t *block)
{
    uint32_t words[kRounds], state[5];

    for (int i = 0; i < 16; i++)
        words[i] = big_endian(block + 4 * i);
    for (int i = 16; i < kRounds; i++)
        words[i] = rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    memcpy(state, hash, sizeof state);
    for (int i = 0; i < kRounds; i++) {
        uint32_t next = rotate(state[0], 5) + round_term(i, state) + state[4] + words[i];
        state[4] = state[3];
        state[3] = state[2];
        state[2] = rotate(state[1], 30);
        state[1] = state[0];
        state[0] = next;
    }
    for (int i = 0; i < 5; i++)
        hash[i] += state[i];
}

void sha1(uint8_t digest[kSha1Bytes], const void *data, size_t count)
{
    uint32_t hash[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    uint8_t last[2 * kBlock] = {0};
    const uint8_t *bytes = data;
    uint64_t bits = (uint64_t)count * 8;

    for (; count >= kBlock; count -= kBlock, bytes += kBlock)
        add_block(hash, bytes);
    if (count)
        memcpy(last, bytes, count);
    last[count] = 0x80;
    size_t length = count < kBlock - kLengthBytes ? kBlock : 2 * kBlock;
    put_big_endian(last + length - 8, (uint32_t)(bits >> 32));
    put_big_endian(last + length - 4, (uint32_t)bits);
    for (size_t at = 0; at < length; at += kBlock)
        add_block(hash, last + at);
    for (int i = 0; i < 5; i++)
        put_big_endian(digest + 4 * i, hash[i]);
}

void websocket_accept(char accept[kWebSocketAcceptCharacters], const char *key, size_t length)
{
    static const char kGuid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    uint8_t text[kWebSocketKeyMaximum + sizeof kGuid], digest[kSha1Bytes];

    memcpy(text, key, length);
    memcpy(text + length, kGuid, sizeof kGuid - 1);
    sha1(digest, text, length + sizeof kGuid - 1);
    base64_encode(accept, digest, sizeof digest);
}
