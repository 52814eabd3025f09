/* SPDX-License-Identifier: Apache-2.0 */

/* Fuzzes base64: any bytes come back; a text that is accepted is the only one that means these bytes. */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base64-codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* Rooms of exactly the size needed, so that the address sanitizer sees a byte too many. */
static void *room(size_t size)
{
    void *memory = malloc(size ? size : 1);
    require(memory != NULL);
    return memory;
}

static void there_and_back(const uint8_t *data, size_t size)
{
    size_t length = base64_encoded_length(size), decoded;
    char *text = room(length);
    uint8_t *bytes = room(size);

    base64_encode(text, data, size);
    require(base64_decoded_length(text, length, &decoded) && decoded == size);
    require(base64_decode(bytes, text, length));
    require(!size || !memcmp(bytes, data, size));
    free(bytes);
    free(text);
}

static void decode(const char *data, size_t length)
{
    char *text = room(length), *again;
    size_t size;

    if (length)
        memcpy(text, data, length);
    if (base64_decoded_length(text, length, &size)) {
        uint8_t *bytes = room(size);
        if (base64_decode(bytes, text, length)) {
            require(base64_encoded_length(size) == length);
            again = room(length);
            base64_encode(again, bytes, size);
            require(!length || !memcmp(again, text, length));
            free(again);
        }
        free(bytes);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    there_and_back(data, size);
    decode((const char *)data, size);
    return 0;
}
