/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_BYTE_QUEUE_H
#define TCAM_BYTE_QUEUE_H

/* Bytes received and not yet used, contiguous, in memory that grows with need. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ByteQueue {
    uint8_t *memory;
    size_t size;
    size_t start;
    size_t count;
} ByteQueue;

static inline const uint8_t *byte_queue_bytes(const ByteQueue *queue)
{
    return queue->memory + queue->start;
}

/* Room for at least `size` bytes behind those held; pointers to them are then invalid. NULL when out of memory. */
uint8_t *byte_queue_reserve(ByteQueue *queue, size_t size);

/* `count` bytes were written to the room reserved. */
static inline void byte_queue_add(ByteQueue *queue, size_t count)
{
    queue->count += count;
}

bool byte_queue_append(ByteQueue *queue, const void *bytes, size_t count);

/* Drops the oldest `count` bytes. */
void byte_queue_drop(ByteQueue *queue, size_t count);

void byte_queue_free(ByteQueue *queue);

#endif
