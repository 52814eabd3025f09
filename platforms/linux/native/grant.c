/* SPDX-License-Identifier: Apache-2.0 */
#include "grant.h"

#include <stdlib.h>
#include <string.h>

#include "board-protocol.h"

/* A frame: time, channel, number of the frame it repeats, length; then its bytes, or the changes to those of that frame. */
enum {
    kEndBytes = 8,
    kChannelAt = 8,
    kLikeAt = 10,
    kLengthAt = 12,
    kHeaderBytes = 16,
    kCountBytes = 2,
    kChangeLengthAt = 4,
    kChangeBytes = 6,
    kAlone = 0xffff
};

static uint16_t read16(const uint8_t bytes[2])
{
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

bool grant_open(Grant *grant, const uint8_t *payload, size_t length)
{
    grant->at = grant->count = 0;
    grant->taken = 0;
    if (length < kEndBytes)
        return false;
    if (grant->size < length) {
        free(grant->bytes);
        grant->bytes = malloc(length);
        grant->size = grant->bytes ? length : 0;
        if (!grant->bytes)
            return false;
    }
    memcpy(grant->bytes, payload, length);
    grant->count = length;
    grant->at = kEndBytes;
    grant->end = board_read64(payload);
    return true;
}

static size_t left(const Grant *grant)
{
    return grant->count - grant->at;
}

uint64_t grant_next(const Grant *grant)
{
    return left(grant) < kHeaderBytes ? UINT64_MAX : board_read64(grant->bytes + grant->at);
}

uint16_t grant_channel(const Grant *grant)
{
    return read16(grant->bytes + grant->at + kChannelAt);
}

/* Skips `count` bytes and returns them. NULL when they are not there. */
static const uint8_t *skip(Grant *grant, size_t count)
{
    const uint8_t *bytes = grant->bytes + grant->at;
    if (left(grant) < count) {
        grant->at = grant->count;
        return NULL;
    }
    grant->at += count;
    return bytes;
}

/* Applies the changes to `bytes`; NULL: skips them. */
static bool change(Grant *grant, uint8_t *bytes, size_t length)
{
    const uint8_t *count = skip(grant, kCountBytes);
    for (unsigned changes = count ? read16(count) : 0; changes; changes--) {
        const uint8_t *header = skip(grant, kChangeBytes);
        size_t start = header ? board_read32(header) : 0, size = header ? read16(header + kChangeLengthAt) : 0;
        const uint8_t *changed = header ? skip(grant, size) : NULL;
        if (!changed || start > length || size > length - start)
            return false;
        if (bytes)
            memcpy(bytes + start, changed, size);
    }
    return count != NULL;
}

/* A frame that repeats no other. */
static bool take_bytes(Grant *grant, uint32_t number, size_t length, ByteQueue *input)
{
    const uint8_t *bytes = skip(grant, length);
    if (!bytes)
        return false;
    if (number < kGrantFrames) {
        grant->starts[number] = (size_t)(bytes - grant->bytes);
        grant->lengths[number] = length;
    }
    return !input || byte_queue_append(input, bytes, length);
}

/* A frame that repeats an earlier one. Changes that one's bytes in place: no other frame repeats it. */
static bool take_changed(Grant *grant, uint32_t number, uint16_t like, size_t length, ByteQueue *input)
{
    if (like >= number || like >= kGrantFrames || grant->lengths[like] != length)
        return false;
    if (number < kGrantFrames) {
        grant->starts[number] = grant->starts[like];
        grant->lengths[number] = length;
    }
    uint8_t *bytes = grant->bytes + grant->starts[like];
    return change(grant, bytes, length) && (!input || byte_queue_append(input, bytes, length));
}

bool grant_take(Grant *grant, ByteQueue *input)
{
    const uint8_t *header = skip(grant, kHeaderBytes);
    if (!header)
        return false;
    uint16_t like = read16(header + kLikeAt);
    size_t length = board_read32(header + kLengthAt);
    uint32_t number = grant->taken++;
    return like == kAlone ? take_bytes(grant, number, length, input) : take_changed(grant, number, like, length, input);
}
