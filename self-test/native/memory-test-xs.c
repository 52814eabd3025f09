/* SPDX-License-Identifier: Apache-2.0 */

#include "memory-test.h"

#include "mc.xs.h"
#include "memory-pattern.h"

void xs_memory_test_destructor(void *data);

static const xsHostHooks kHooks = {xs_memory_test_destructor, native_mark, NULL};

void xs_memory_test_destructor(void *data)
{
    MemoryTest *test = data;

    if (!test)
        return;
    memory_test_free(test->words);
    native_release(&test->base);
}

MemoryTest *memory_test_this(xsMachine *the)
{
    return native_this(the, &kHooks);
}

void xs_memory_test(xsMachine *the)
{
    double wanted = xsmcToNumber(xsArg(0));

    if (!(wanted >= 0 && wanted <= UINT32_MAX))
        xsRangeError("bytes: expected 0 or more");
    size_t bytes = (size_t)wanted;
    MemoryTest *test = native_create(the, sizeof *test, &kHooks);
    test->words = memory_test_allocate(&bytes);
    if (!test->words)
        xsUnknownError("no PSRAM");
    test->count = bytes / sizeof *test->words;
    native_remember(the, &test->base);
}

void xs_memory_test_get_size(xsMachine *the)
{
    xsmcSetNumber(xsResult, (double)(memory_test_this(the)->count * sizeof(uint32_t)));
}

void xs_memory_test_fill(xsMachine *the)
{
    MemoryTest *test = memory_test_this(the);
    memory_pattern_fill(test->words, test->count, (uint32_t)xsmcToInteger(xsArg(0)));
}

void xs_memory_test_check(xsMachine *the)
{
    MemoryTest *test = memory_test_this(the);
    xsmcSetNumber(xsResult, (double)memory_pattern_check(test->words, test->count, (uint32_t)xsmcToInteger(xsArg(0))));
}

void xs_memory_test_close(xsMachine *the)
{
    xs_memory_test_destructor(native_detach(the, &xsThis, &kHooks));
}
