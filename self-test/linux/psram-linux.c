/* SPDX-License-Identifier: Apache-2.0 */

#include <stdlib.h>

#include "mc.xs.h"
#include "memory-test.h"

void *memory_test_allocate(size_t *bytes)
{
    return *bytes ? malloc(*bytes) : NULL;
}

void memory_test_free(void *memory)
{
    free(memory);
}

/* Sets bit 0 of the byte at offset xsArg(0): a cell of the virtual board's PSRAM that is stuck. */
void xs_memory_test_stick(xsMachine *the)
{
    MemoryTest *test = memory_test_this(the);
    size_t offset = (size_t)xsmcToInteger(xsArg(0));

    if (offset >= test->count * sizeof *test->words)
        xsRangeError("offset: expected less than the size");
    ((uint8_t *)test->words)[offset] |= 1;
}
