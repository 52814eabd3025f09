/* SPDX-License-Identifier: Apache-2.0 */
#include "sha256.h"

#include <string.h>

enum { kRounds = 64, kWords = 16, kLengthAt = 56 };

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t kConstants[kRounds] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74,
    0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d,
    0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e,
    0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5,
    0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

void sha256_init(Sha256 *sha)
{
    /* The same of the square roots of the first 8 primes. */
    static const uint32_t kStart[] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(sha->state, kStart, sizeof kStart);
    sha->count = 0;
}

static inline uint32_t rotate(uint32_t word, int bits)
{
    return word >> bits | word << (32 - bits);
}

static inline uint32_t big_endian(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void take_block(uint32_t state[8], const uint8_t *block)
{
    uint32_t words[kWords], s[8];

    for (int i = 0; i < kWords; i++)
        words[i] = big_endian(block + 4 * i);
    memcpy(s, state, sizeof s);
    for (int i = 0; i < kRounds; i++) {
        /* The schedule, in a ring of 16 words. */
        if (i >= kWords) {
            uint32_t w15 = words[(i + 1) % kWords], w2 = words[(i + 14) % kWords];
            words[i % kWords] += (rotate(w15, 7) ^ rotate(w15, 18) ^ w15 >> 3) + words[(i + 9) % kWords] + (rotate(w2, 17) ^ rotate(w2, 19) ^ w2 >> 10);
        }
        uint32_t sum1 = rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25), choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
        uint32_t first = s[7] + sum1 + choice + kConstants[i] + words[i % kWords];
        uint32_t sum0 = rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22), majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += first;
        s[0] = first + sum0 + majority;
    }
    for (int i = 0; i < 8; i++)
        state[i] += s[i];
}

void sha256_take(Sha256 *sha, const uint8_t *bytes, uint32_t count)
{
    uint32_t filled = sha->count % kSha256BlockBytes;

    sha->count += count;
    while (count > 0) {
        if (!filled && count >= kSha256BlockBytes) {
            take_block(sha->state, bytes);
            bytes += kSha256BlockBytes;
            count -= kSha256BlockBytes;
            continue;
        }
        uint32_t part = kSha256BlockBytes - filled < count ? kSha256BlockBytes - filled : count;
        memcpy(sha->block + filled, bytes, part);
        bytes += part;
        count -= part;
        filled += part;
        if (filled == kSha256BlockBytes) {
            take_block(sha->state, sha->block);
            filled = 0;
        }
    }
}

void sha256_end(Sha256 *sha, uint8_t digest[kSha256Bytes])
{
    static const uint8_t kPadding[kSha256BlockBytes] = {0x80};
    uint32_t bits = sha->count * 8, filled = sha->count % kSha256BlockBytes;
    uint8_t length[8] = {0, 0, 0, 0, (uint8_t)(bits >> 24), (uint8_t)(bits >> 16), (uint8_t)(bits >> 8), (uint8_t)bits};

    sha256_take(sha, kPadding, (filled < kLengthAt ? kLengthAt : kLengthAt + kSha256BlockBytes) - filled);
    sha256_take(sha, length, sizeof length);
    for (int i = 0; i < kSha256Bytes; i++)
        digest[i] = (uint8_t)(sha->state[i / 4] >> (24 - 8 * (i % 4)));
}
