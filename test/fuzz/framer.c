/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Fuzzes framing and text checks: for any stream in any reads, exactly the commands of the reference, valid exactly if the
 * reference says so. The first 8 bytes are the sizes of the reads, one after another.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "command-framer.h"
#include "reference-framer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { kSizes = 8, kBytes = 60, kNesting = 4, kValues = 8 };

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* Memory of exactly the size needed, so that the address sanitizer sees a byte too many. */
static uint8_t *copy(const uint8_t *bytes, size_t size)
{
    uint8_t *memory = malloc(size ? size : 1);
    require(memory != NULL);
    if (size && bytes)
        memcpy(memory, bytes, size);
    return memory;
}

static void compare(const CommandFramer *framer, ReferenceFramer *reference, size_t at)
{
    ReferenceCommand command;

    require(reference_next(reference, &command) && reference->at == at);
    require(command.too_long == (framer->event == kFramerTooLong));
    if (command.too_long)
        return;
    require(framer->length == command.length && !memcmp(framer->text, command.text, command.length));
    require(command_framer_valid(framer) ==
            (reference_utf8(command.text, command.length) && reference_bounded(command.text, command.length, kNesting, kValues)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CommandFramer framer;
    ReferenceCommand command;

    if (size < kSizes)
        return 0;
    ReferenceFramer reference = {.stream = data + kSizes, .size = size - kSizes, .limit = kBytes};
    uint8_t *text = copy(NULL, kBytes);
    command_framer_init(&framer, text, (FramerLimits){.bytes = kBytes, .nesting = kNesting, .values = kValues});
    for (size_t at = 0, turn = 0; at < reference.size; turn++) {
        size_t left = reference.size - at, count = data[turn % kSizes] < left ? data[turn % kSizes] : left;
        count = count || turn % kSizes ? count : 1; /* the stream ends, whatever the sizes are */
        uint8_t *read = copy(reference.stream + at, count);
        size_t consumed = command_framer_feed(&framer, read, count);
        free(read);
        require(consumed <= count);
        at += consumed;
        if (framer.event == kFramerNone)
            require(consumed == count);
        else
            compare(&framer, &reference, at);
    }
    require(!reference_next(&reference, &command));
    free(text);
    return 0;
}
