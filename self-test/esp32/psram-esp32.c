/* SPDX-License-Identifier: Apache-2.0 */

#include "esp_heap_caps.h"

#include "memory-test.h"

void *memory_test_allocate(size_t *bytes)
{
    if (!*bytes)
        *bytes = heap_caps_get_largest_free_block(MALLOC_CAP_SPIRAM);
    return *bytes ? heap_caps_malloc(*bytes, MALLOC_CAP_SPIRAM) : NULL;
}

void memory_test_free(void *memory)
{
    heap_caps_free(memory);
}
