/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <stdlib.h>
#include <string.h>
#include "board-protocol.h"
#include "grant.h"

enum { kEnd = 90000, kBytes = 20 };

/* A payload that the tests write. */
typedef struct {
    uint8_t bytes[512];
    size_t count;
} Payload;

static void put(Payload *payload, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        payload->bytes[payload->count++] = (uint8_t)(value >> 8 * i);
}

static void put_header(Payload *payload, uint64_t at, uint16_t channel, uint16_t like, uint32_t length)
{
    put(payload, at, 8);
    put(payload, channel, 2);
    put(payload, like, 2);
    put(payload, length, 4);
}

static void put_change(Payload *payload, uint32_t offset, uint8_t value)
{
    put(payload, offset, 4);
    put(payload, 1, 2);
    put(payload, value, 1);
}

/* Three frames: bytes 0 to 19; the same with two changes; the second one with another change. */
static Payload three_frames(void)
{
    Payload payload = {.count = 0};
    put(&payload, kEnd, 8);
    put_header(&payload, 10, 7, 0xffff, kBytes);
    for (uint8_t i = 0; i < kBytes; i++)
        put(&payload, i, 1);
    put_header(&payload, 20, 7, 0, kBytes);
    put(&payload, 2, 2);
    put_change(&payload, 0, 100);
    put_change(&payload, kBytes - 1, 119);
    put_header(&payload, 30, 8, 1, kBytes);
    put(&payload, 1, 2);
    put_change(&payload, 1, 101);
    return payload;
}

/* In memory of its own, so that a read beyond it is found. */
static bool open_copy(Grant *grant, const Payload *payload, size_t count)
{
    uint8_t *copy = malloc(count ? count : 1);
    memcpy(copy, payload->bytes, count);
    bool opened = grant_open(grant, copy, count);
    free(copy);
    return opened;
}

TEST("grant: frames come in order, and one that is like another has its bytes but for the changes")
{
    Payload payload = three_frames();
    Grant grant = {.bytes = NULL};
    ByteQueue input = {.memory = NULL};
    EXPECT_EQUAL(open_copy(&grant, &payload, payload.count), true);
    EXPECT_EQUAL(grant.end, kEnd);
    for (uint32_t i = 0; i < 3; i++) {
        EXPECT_EQUAL(grant_next(&grant), 10 * (i + 1));
        EXPECT_EQUAL(grant_channel(&grant), i < 2 ? 7 : 8);
        EXPECT_EQUAL(grant_take(&grant, &input), true);
        EXPECT_EQUAL(grant.taken, i + 1);
    }
    EXPECT_EQUAL(grant_next(&grant), UINT64_MAX);
    EXPECT_EQUAL(input.count, 3 * kBytes);
    const uint8_t *bytes = byte_queue_bytes(&input);
    for (uint8_t i = 0; i < kBytes; i++) {
        EXPECT_EQUAL(bytes[i], i);
        EXPECT_EQUAL(bytes[kBytes + i], i == 0 || i == kBytes - 1 ? 100 + i : i);
        EXPECT_EQUAL(bytes[2 * kBytes + i], i < 2 || i == kBytes - 1 ? 100 + i : i);
    }
    byte_queue_free(&input);
    free(grant.bytes);
}

TEST("grant: a frame without a reader is taken all the same")
{
    Payload payload = three_frames();
    Grant grant = {.bytes = NULL};
    ByteQueue input = {.memory = NULL};
    EXPECT_EQUAL(open_copy(&grant, &payload, payload.count), true);
    EXPECT_EQUAL(grant_take(&grant, NULL), true);
    EXPECT_EQUAL(grant_take(&grant, &input), true);
    EXPECT_EQUAL(byte_queue_bytes(&input)[0], 100);
    byte_queue_free(&input);
    free(grant.bytes);
}

TEST("grant: no payload that is cut or damaged is read beyond its end")
{
    Payload whole = three_frames();
    Grant grant = {.bytes = NULL};
    ByteQueue input = {.memory = NULL};
    for (size_t count = 0; count < whole.count; count++) {
        if (!open_copy(&grant, &whole, count)) {
            EXPECT(count < 8, "%zu bytes", count);
            continue;
        }
        bool taken = true;
        for (int i = 0; i < 3 && taken; i++)
            taken = grant_take(&grant, &input);
        EXPECT(!taken, "%zu bytes were enough", count);
    }
    for (size_t at = 8; at < whole.count; at++) {
        Payload damaged = whole;
        damaged.bytes[at] = 0xff;
        EXPECT_EQUAL(open_copy(&grant, &damaged, damaged.count), true);
        for (int i = 0; i < 3; i++)
            grant_take(&grant, &input);
    }
    byte_queue_free(&input);
    free(grant.bytes);
}
