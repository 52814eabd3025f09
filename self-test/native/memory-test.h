/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MEMORY_TEST_H
#define MEMORY_TEST_H

/* Class MemoryTest (checks/memory-test.ts). */

#include <stddef.h>
#include <stdint.h>

#include "native-class.h"

typedef struct MemoryTest {
    NativeObject base;
    uint32_t *words;
    size_t count;
} MemoryTest;

/* The host data of `this`. Throws when it is closed. */
MemoryTest *memory_test_this(xsMachine *the);

/*
 * Memory of the platform: `*bytes` of PSRAM, or its largest free block for 0, whose size it then stores.
 * NULL without PSRAM. Implemented in ../esp32 and ../linux.
 */
void *memory_test_allocate(size_t *bytes);
void memory_test_free(void *memory);

#endif
