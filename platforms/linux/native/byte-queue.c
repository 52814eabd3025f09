/* SPDX-License-Identifier: Apache-2.0 */
#include "byte-queue.h"

#include <stdlib.h>
#include <string.h>

enum { kFirstSize = 1024 };

uint8_t *byte_queue_reserve(ByteQueue *queue, size_t size)
{
    if (queue->size - queue->start - queue->count < size) {
        if (queue->count && queue->start)
            memmove(queue->memory, queue->memory + queue->start, queue->count);
        queue->start = 0;
    }
    if (queue->size - queue->count < size) {
        size_t larger = queue->size ? queue->size : kFirstSize;
        while (larger - queue->count < size)
            larger *= 2;
        uint8_t *memory = realloc(queue->memory, larger);
        if (!memory)
            return NULL;
        queue->memory = memory;
        queue->size = larger;
    }
    return queue->memory + queue->start + queue->count;
}

bool byte_queue_append(ByteQueue *queue, const void *bytes, size_t count)
{
    uint8_t *room = byte_queue_reserve(queue, count);
    if (!room)
        return false;
    if (count)
        memcpy(room, bytes, count);
    byte_queue_add(queue, count);
    return true;
}

void byte_queue_drop(ByteQueue *queue, size_t count)
{
    queue->count -= count;
    queue->start = queue->count ? queue->start + count : 0;
}

void byte_queue_free(ByteQueue *queue)
{
    free(queue->memory);
    *queue = (ByteQueue){.memory = NULL};
}
