/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the portable core uses of the C library, which this toolchain comes without. The macros let the compiler expand
 * small copies, as it does on the chip.
 */
#pragma once
#include <stddef.h>
void *memcpy(void *to, const void *from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *to, int byte, size_t count);
#define memcpy(TO, FROM, COUNT) __builtin_memcpy(TO, FROM, COUNT)
#define memset(TO, BYTE, COUNT) __builtin_memset(TO, BYTE, COUNT)
