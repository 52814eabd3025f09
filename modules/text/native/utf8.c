/* SPDX-License-Identifier: Apache-2.0 */
#include "utf8.h"

/* The first byte of a sequence of several: how many follow, and the range of the next. */
static bool begin_sequence(Utf8 *utf8, uint8_t byte)
{
    if (byte < 0xc2 || byte > 0xf4)
        return false;
    utf8->lowest = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
    utf8->highest = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
    utf8->continuation = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    return true;
}

bool utf8_take(Utf8 *utf8, uint8_t byte)
{
    if (!utf8->continuation)
        return byte < 0x80 || begin_sequence(utf8, byte);
    bool right = byte >= utf8->lowest && byte <= utf8->highest;
    utf8->lowest = 0x80;
    utf8->highest = 0xbf;
    utf8->continuation--;
    return right;
}

bool utf8_is_valid(const uint8_t *bytes, size_t count)
{
    Utf8 utf8 = {0};
    bool right = true;

    for (const uint8_t *end = bytes + count; bytes < end && right; bytes++)
        right = utf8_take(&utf8, *bytes);
    return right && !utf8.continuation;
}
