/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MEMORY_PATTERN_H
#define MEMORY_PATTERN_H

/* A pattern whose words differ from each other, so that wrong addresses show too. Portable: no OS, no memory of its own. */

#include <stddef.h>
#include <stdint.h>

void memory_pattern_fill(uint32_t *words, size_t count, uint32_t seed);

/* Number of words that are not as memory_pattern_fill() wrote them. */
size_t memory_pattern_check(const uint32_t *words, size_t count, uint32_t seed);

#endif
