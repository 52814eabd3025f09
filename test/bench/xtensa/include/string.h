/* SPDX-License-Identifier: Apache-2.0 */
/* What the portable core uses of the C library, which this toolchain comes without. */
#pragma once
#include <stddef.h>
void *memcpy(void *to, const void *from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *to, int byte, size_t count);
