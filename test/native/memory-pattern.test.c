/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "memory-pattern.h"

enum { kWords = 1024 };

TEST("memory pattern: words are found as they were filled, and by no other seed")
{
    uint32_t words[kWords];

    memory_pattern_fill(words, kWords, 5);
    EXPECT_EQUAL(memory_pattern_check(words, kWords, 5), 0);
    EXPECT_EQUAL(memory_pattern_check(words, kWords, 6), kWords);
}

TEST("memory pattern: a stuck bit shows in exactly one of the two inverse patterns")
{
    uint32_t words[kWords];

    for (int bit = 0; bit < 32; bit++) {
        size_t wrong = 0;
        for (int inverse = 0; inverse < 2; inverse++) {
            uint32_t seed = inverse ? UINT32_MAX : 0;
            memory_pattern_fill(words, kWords, seed);
            words[777] |= 1u << bit;
            wrong += memory_pattern_check(words, kWords, seed);
        }
        EXPECT_EQUAL(wrong, 1);
    }
}

TEST("memory pattern: an address line that is stuck shows")
{
    uint32_t words[kWords];

    memory_pattern_fill(words, kWords, 0);
    for (size_t line = 1; line < kWords; line <<= 1) {
        uint32_t word = words[0];
        words[0] = words[line];
        EXPECT_EQUAL(memory_pattern_check(words, kWords, 0), 1);
        words[0] = word;
    }
}
