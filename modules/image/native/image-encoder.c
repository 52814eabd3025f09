/* SPDX-License-Identifier: Apache-2.0 */
#include "image-encoder.h"

#include <string.h>
#include "vospi-words.h"

static const char kHead[] = "\x02{\"metadata\":";
static const char kRadiometric[] = ",\"radiometric\":\"";
static const char kTelemetry[] = "\",\"telemetry\":\"";
static const char kTail[] = "\"}\x03";

enum { kPartHead, kPartMetadata, kPartRadiometric, kPartPixels, kPartTelemetry, kPartTelemetryWords, kPartTail, kPartEnd };

/*
 * A unit is the least number of whole 32-bit loads that gives whole groups of base64: 12 bytes are 16 characters.
 * Pixels and telemetry are whole units, so there is no padding.
 */
enum { kUnitBytes = 12, kUnitCharacters = 16, kAlphabetSize = 64 };
_Static_assert(kVospiPixelBytes % kUnitBytes == 0 && kVospiTelemetryBytes % kUnitBytes == 0, "whole units");

enum {
    kPixelCharacters = kVospiPixelBytes / kUnitBytes * kUnitCharacters,
    kTelemetryCharacters = kVospiTelemetryBytes / kUnitBytes * kUnitCharacters,
};

static uint32_t character(uint32_t value)
{
    if (value < 26)
        return 'A' + value;
    if (value < 52)
        return 'a' + value - 26;
    if (value < 62)
        return '0' + value - 52;
    return value == 62 ? '+' : '/';
}

void image_encoder_fill_table(ImageEncoderTable *table)
{
    for (uint32_t first = 0; first < kAlphabetSize; first++)
        for (uint32_t second = 0; second < kAlphabetSize; second++)
            table->pairs[first * kAlphabetSize + second] = (uint16_t)(character(first) | character(second) << 8);
}

size_t image_encoder_start(ImageEncoder *encoder, const ImageEncoderTable *table, const VospiFrame *frame, const char *metadata, size_t metadata_length)
{
    *encoder = (ImageEncoder){.table = table, .frame = frame, .metadata = metadata, .metadata_length = metadata_length};
    return sizeof kHead - 1 + metadata_length + sizeof kRadiometric - 1 + kPixelCharacters + sizeof kTelemetry - 1 +
           kTelemetryCharacters + sizeof kTail - 1;
}

/* Two characters in one store. Their address is even, because Xtensa has no unaligned stores. */
typedef uint16_t __attribute__((may_alias)) Pair;

/*
 * A unit is six words A to F, high byte first, and base64 takes the low byte of each first: Al Ah Bl Bh Cl Ch Dl ...
 * The little-endian loads are x = Bl:Bh:Al:Ah, y = Dl:Dh:Cl:Ch and z = Fl:Fh:El:Eh, from the top bits down.
 */

/* `bits` (at most 16) of `value` from bit `from` on. */
static inline uint32_t field(uint32_t value, uint32_t from, uint32_t bits)
{
    uint32_t field = value >> from & ((1u << bits) - 1);
    VOSPI_HIDE_ORIGIN(field);
    return field;
}

/* Encodes `count` units to an even address. */
static void encode_even(uint8_t *target, const uint8_t *units, size_t count, const uint16_t *pairs)
{
    for (const uint8_t *end = units + count * kUnitBytes; units < end; units += kUnitBytes, target += kUnitCharacters) {
        const VospiWord *words = (const VospiWord *)units;
        uint32_t x = words[0], y = words[1], z = words[2];
        Pair *to = (Pair *)target;
        to[0] = pairs[x >> 4 & 0xfff];
        to[1] = pairs[(x << 8 | x >> 24) & 0xfff];
        to[2] = pairs[field(x, 16, 8) << 4 | (y >> 12 & 0xf)];
        to[3] = pairs[y & 0xfff];
        to[4] = pairs[y >> 20];
        to[5] = pairs[field(y, 16, 4) << 8 | (z >> 8 & 0xff)];
        to[6] = pairs[(z << 4 | z >> 28) & 0xfff];
        to[7] = pairs[z >> 16 & 0xfff];
    }
}

/*
 * Encodes `count` units to an odd address. The pairs between the first character and the last begin 6 bits later than
 * those of encode_even.
 */
static void encode_odd(uint8_t *target, const uint8_t *units, size_t count, const uint16_t *pairs)
{
    for (const uint8_t *end = units + count * kUnitBytes; units < end; units += kUnitBytes, target += kUnitCharacters - 1) {
        const VospiWord *words = (const VospiWord *)units;
        uint32_t x = words[0], y = words[1], z = words[2];
        *target++ = (uint8_t)pairs[x >> 4 & 0xfff];
        VOSPI_HIDE_ORIGIN(target);
        Pair *to = (Pair *)target;
        to[0] = pairs[(x << 2 | x >> 30) & 0xfff];
        to[1] = pairs[x >> 18 & 0xfff];
        to[2] = pairs[field(x, 16, 2) << 10 | (y >> 6 & 0x3ff)];
        to[3] = pairs[(y << 6 | y >> 26) & 0xfff];
        to[4] = pairs[field(y, 16, 10) << 2 | (z >> 14 & 3)];
        to[5] = pairs[z >> 2 & 0xfff];
        to[6] = pairs[field(z, 0, 2) << 10 | z >> 22];
        target[14] = (uint8_t)(pairs[z >> 16 & 0xfff] >> 8);
    }
}

static void encode_units(uint8_t *target, const uint8_t *units, size_t count, const ImageEncoderTable *table)
{
    if ((uintptr_t)target & 1)
        encode_odd(target, units, count, table->pairs);
    else
        encode_even(target, units, count, table->pairs);
}

/*
 * Writes base64 of `words`, `length` characters in total, from character `encoder->offset` on. Returns the number
 * written.
 */
static size_t put_words(ImageEncoder *encoder, uint8_t *target, size_t size, const uint8_t *words, size_t length)
{
    size_t offset = encoder->offset, written = 0;
    size_t wanted = length - offset < size ? length - offset : size;

    while (written < wanted) {
        size_t inside = (offset + written) % kUnitCharacters;
        const uint8_t *unit = words + (offset + written) / kUnitCharacters * kUnitBytes;
        size_t left = wanted - written;
        if (inside || left < kUnitCharacters) {
            _Alignas(2) uint8_t characters[kUnitCharacters];
            size_t count = kUnitCharacters - inside < left ? kUnitCharacters - inside : left;
            encode_units(characters, unit, 1, encoder->table);
            memcpy(target + written, characters + inside, count);
            written += count;
        } else {
            encode_units(target + written, unit, left / kUnitCharacters, encoder->table);
            written += left / kUnitCharacters * kUnitCharacters;
        }
    }
    return wanted;
}

static size_t put_text(ImageEncoder *encoder, uint8_t *target, size_t size, const char *text, size_t length)
{
    size_t left = length - encoder->offset, count = left < size ? left : size;
    memcpy(target, text + encoder->offset, count);
    return count;
}

/* Writes as much of the current part as fits; `*length` is the length of the whole part. */
static size_t put_part(ImageEncoder *encoder, uint8_t *target, size_t size, size_t *length)
{
    switch (encoder->part) {
    case kPartHead:
        return put_text(encoder, target, size, kHead, *length = sizeof kHead - 1);
    case kPartMetadata:
        return put_text(encoder, target, size, encoder->metadata, *length = encoder->metadata_length);
    case kPartRadiometric:
        return put_text(encoder, target, size, kRadiometric, *length = sizeof kRadiometric - 1);
    case kPartPixels:
        return put_words(encoder, target, size, encoder->frame->pixels, *length = kPixelCharacters);
    case kPartTelemetry:
        return put_text(encoder, target, size, kTelemetry, *length = sizeof kTelemetry - 1);
    case kPartTelemetryWords:
        return put_words(encoder, target, size, encoder->frame->telemetry, *length = kTelemetryCharacters);
    default:
        return put_text(encoder, target, size, kTail, *length = sizeof kTail - 1);
    }
}

size_t image_encoder_read(ImageEncoder *encoder, uint8_t *target, size_t size)
{
    size_t written = 0;

    while (written < size && encoder->part != kPartEnd) {
        size_t length;
        size_t count = put_part(encoder, target + written, size - written, &length);
        written += count;
        encoder->offset += count;
        if (encoder->offset == length) {
            encoder->part++;
            encoder->offset = 0;
        }
    }
    return written;
}

bool image_encoder_done(const ImageEncoder *encoder)
{
    return encoder->part == kPartEnd;
}

uint32_t image_encoder_sum(const uint8_t *bytes, size_t count)
{
    uint32_t sum = 0;

    for (; count >= 4; count -= 4, bytes += 4)
        sum += (uint32_t)(bytes[0] + bytes[1]) + (uint32_t)(bytes[2] + bytes[3]);
    while (count--)
        sum += *bytes++;
    return sum;
}
