/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHARED_LOSSLESS_H
#define SHARED_LOSSLESS_H

#include <stddef.h>
#include <stdint.h>
#include "lossless-encoder.h"
#include "vospi-hold.h"

/*
 * Compressed frames, each made for the first reader that asks and shared with all that ask for the same frame. XS
 * thread only.
 */

/* Frames that can be read at the same time. With a client that reads slowly, the others still share the newest. */
enum { kSharedLosslessBuffers = 3 };

typedef struct SharedLossless {
    uint32_t number;     /* of the frame: vospi_hold_number() */
    uint32_t references; /* readers; the buffer is reused when they are gone */
    size_t length;       /* 0: the frame does not become shorter */
    uint8_t bytes[kVospiPixelBytes];
} SharedLossless;

/*
 * The frame's pixels by lossless_encode(), with a reference. NULL when they do not become shorter, all buffers have
 * readers, or there is no memory.
 */
SharedLossless *shared_lossless(const VospiHold *hold);

void shared_lossless_release(SharedLossless *shared);

#endif
