/* SPDX-License-Identifier: Apache-2.0 */

#include "memory-pattern.h"

/* Odd, so that no two indices give the same word. */
static uint32_t word(size_t index, uint32_t seed)
{
    return ((uint32_t)index * 0x9e3779b1u) ^ seed;
}

void memory_pattern_fill(uint32_t *words, size_t count, uint32_t seed)
{
    for (size_t i = 0; i < count; i++)
        words[i] = word(i, seed);
}

size_t memory_pattern_check(const uint32_t *words, size_t count, uint32_t seed)
{
    size_t wrong = 0;

    for (size_t i = 0; i < count; i++)
        wrong += words[i] != word(i, seed);
    return wrong;
}
