/* SPDX-License-Identifier: Apache-2.0 */
#include "base64-codec.h"

static const char kAlphabet[64] = {
    'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U', 'V',
    'W', 'X', 'Y', 'Z', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r',
    's', 't', 'u', 'v', 'w', 'x', 'y', 'z', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '+', '/',
};

void base64_encode(char *text, const uint8_t *bytes, size_t length)
{
    for (; length >= 3; length -= 3, bytes += 3) {
        uint32_t group = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];
        *text++ = kAlphabet[group >> 18];
        *text++ = kAlphabet[group >> 12 & 63];
        *text++ = kAlphabet[group >> 6 & 63];
        *text++ = kAlphabet[group & 63];
    }
    if (length) {
        uint32_t group = (uint32_t)bytes[0] << 16 | (length == 2 ? (uint32_t)bytes[1] << 8 : 0);
        *text++ = kAlphabet[group >> 18];
        *text++ = kAlphabet[group >> 12 & 63];
        *text++ = length == 2 ? kAlphabet[group >> 6 & 63] : '=';
        *text++ = '=';
    }
}

bool base64_decoded_length(const char *text, size_t length, size_t *bytes)
{
    *bytes = 0;
    if (length % 4)
        return false;
    if (length)
        *bytes = length / 4 * 3 - (text[length - 1] == '=') - (text[length - 1] == '=' && text[length - 2] == '=');
    return true;
}

/* The six bits of a character, or a value above 63 for an invalid one. */
static uint32_t value_of(char character)
{
    if (character >= 'A' && character <= 'Z')
        return (uint32_t)(character - 'A');
    if (character >= 'a' && character <= 'z')
        return (uint32_t)(character - 'a') + 26;
    if (character >= '0' && character <= '9')
        return (uint32_t)(character - '0') + 52;
    return character == '+' ? 62 : character == '/' ? 63 : 64;
}

bool base64_decode(uint8_t *bytes, const char *text, size_t length)
{
    size_t left;

    if (!base64_decoded_length(text, length, &left))
        return false;
    for (; left >= 3; left -= 3, text += 4) {
        uint32_t a = value_of(text[0]), b = value_of(text[1]), c = value_of(text[2]), d = value_of(text[3]);
        if ((a | b | c | d) > 63)
            return false;
        *bytes++ = (uint8_t)(a << 2 | b >> 4);
        *bytes++ = (uint8_t)(b << 4 | c >> 2);
        *bytes++ = (uint8_t)(c << 6 | d);
    }
    if (!left)
        return true;
    /* The last group has padding: one or two bytes, and all bits beyond them must be zero. */
    uint32_t a = value_of(text[0]), b = value_of(text[1]), c = left == 2 ? value_of(text[2]) : 0;
    if ((a | b | c) > 63 || (left == 2 ? c & 3 : b & 15))
        return false;
    *bytes++ = (uint8_t)(a << 2 | b >> 4);
    if (left == 2)
        *bytes = (uint8_t)(b << 4 | c >> 2);
    return true;
}
