/* SPDX-License-Identifier: Apache-2.0 */
#include "shared-lossless.h"

#include "vospi-memory.h"

/* Allocated when first needed, and kept. */
static SharedLossless *gBuffers[kSharedLosslessBuffers];

/* The buffer with that frame, or one that can be filled; NULL when there is neither. */
static SharedLossless *find(uint32_t number)
{
    SharedLossless *unused = NULL;
    SharedLossless **empty = NULL;

    for (size_t i = 0; i < kSharedLosslessBuffers; i++) {
        SharedLossless *buffer = gBuffers[i];
        if (!buffer)
            empty = &gBuffers[i];
        else if (buffer->number == number)
            return buffer;
        else if (!buffer->references)
            unused = buffer;
    }
    if (!unused && empty)
        unused = *empty = vospi_allocate(sizeof(SharedLossless));
    return unused;
}

SharedLossless *shared_lossless(const VospiHold *hold)
{
    uint32_t number = vospi_hold_number(hold);
    SharedLossless *shared = find(number);

    if (!shared)
        return NULL;
    if (shared->number != number) {
        shared->number = number;
        shared->length = lossless_encode(shared->bytes, sizeof shared->bytes, vospi_hold_read(hold)->pixels);
    }
    if (!shared->length)
        return NULL;
    shared->references++;
    return shared;
}

void shared_lossless_release(SharedLossless *shared)
{
    shared->references--;
}
