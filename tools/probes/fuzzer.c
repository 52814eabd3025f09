/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest native fuzzer, to see whether one can be compiled, linked and run here (../optional-tools.ts). */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size + 1);
    if (copy && size)
        memcpy(copy, data, size);
    free(copy);
    return 0;
}
