/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_GRANT_H
#define TCAM_GRANT_H

/* A grant of lock-step (docs/board-link.md): how far the program may move its time by itself, and the frames that it gets meanwhile. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "byte-queue.h"

enum { kGrantFrames = 32 };

typedef struct {
    uint64_t end;   /* microseconds of the board; time stays below */
    uint32_t taken; /* frames */
    uint8_t *bytes;
    size_t count;
    size_t size;
    size_t at; /* of the next frame */
    /* Offset in `bytes` and length of each frame taken, for later frames that repeat it. */
    size_t starts[kGrantFrames];
    size_t lengths[kGrantFrames];
} Grant;

/* Replaces the grant by the one in `payload`. False when the payload is too short, or without memory. */
bool grant_open(Grant *grant, const uint8_t *payload, size_t length);
/* Board microseconds of the next frame; UINT64_MAX without one. */
uint64_t grant_next(const Grant *grant);
uint16_t grant_channel(const Grant *grant);
/* Takes the next frame, and adds its bytes to `input`, unless that is NULL. False when it is invalid, or without memory. */
bool grant_take(Grant *grant, ByteQueue *input);

#endif
