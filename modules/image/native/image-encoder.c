/* SPDX-License-Identifier: Apache-2.0 */
#include "image-encoder.h"

#include <string.h>

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
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the bit fields below are those of little-endian loads");

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

/* Frames are aligned to 4 bytes: one load on Xtensa. */
static inline uint32_t load32(const uint8_t *bytes)
{
    uint32_t value;
    memcpy(&value, __builtin_assume_aligned(bytes, 4), sizeof value);
    return value;
}

/* `target` is even: one store on Xtensa, which has no unaligned one. */
static inline void store16(uint8_t *target, uint32_t pair)
{
    uint16_t value = (uint16_t)pair;
    memcpy(__builtin_assume_aligned(target, 2), &value, sizeof value);
}

/*
 * A unit is six words A to F, high byte first, and base64 takes the low byte of each first: Al Ah Bl Bh Cl Ch Dl ...
 * The little-endian loads are x = Bl:Bh:Al:Ah, y = Dl:Dh:Cl:Ch and z = Fl:Fh:El:Eh, from the top bits down.
 */

/*
 * Hides how VARIABLE was computed. Otherwise the compiler turns a shifted bit field into a mask, whose constant takes two
 * instructions to load, and an even base address with even offsets into an odd one with an addition for each store.
 */
#define HIDE_ORIGIN(VARIABLE) __asm__("" : "+r"(VARIABLE))

/* `bits` (at most 16) of `value` from bit `from` on. */
static inline uint32_t field(uint32_t value, uint32_t from, uint32_t bits)
{
    uint32_t field = value >> from & ((1u << bits) - 1);
    HIDE_ORIGIN(field);
    return field;
}

/* Encodes `count` units to an even address. */
static void encode_even(uint8_t *target, const uint8_t *units, size_t count, const uint16_t *pairs)
{
    for (const uint8_t *end = units + count * kUnitBytes; units < end; units += kUnitBytes, target += kUnitCharacters) {
        uint32_t x = load32(units), y = load32(units + 4), z = load32(units + 8);
        store16(target, pairs[x >> 4 & 0xfff]);
        store16(target + 2, pairs[(x << 8 | x >> 24) & 0xfff]);
        store16(target + 4, pairs[field(x, 16, 8) << 4 | (y >> 12 & 0xf)]);
        store16(target + 6, pairs[y & 0xfff]);
        store16(target + 8, pairs[y >> 20]);
        store16(target + 10, pairs[field(y, 16, 4) << 8 | (z >> 8 & 0xff)]);
        store16(target + 12, pairs[(z << 4 | z >> 28) & 0xfff]);
        store16(target + 14, pairs[z >> 16 & 0xfff]);
    }
}

/*
 * Encodes `count` units to an odd address. The pairs between the first character and the last begin 6 bits later than
 * those of encode_even.
 */
static void encode_odd(uint8_t *target, const uint8_t *units, size_t count, const uint16_t *pairs)
{
    for (const uint8_t *end = units + count * kUnitBytes; units < end; units += kUnitBytes, target += kUnitCharacters - 1) {
        uint32_t x = load32(units), y = load32(units + 4), z = load32(units + 8);
        *target++ = (uint8_t)pairs[x >> 4 & 0xfff];
        HIDE_ORIGIN(target);
        store16(target, pairs[(x << 2 | x >> 30) & 0xfff]);
        store16(target + 2, pairs[x >> 18 & 0xfff]);
        store16(target + 4, pairs[field(x, 16, 2) << 10 | (y >> 6 & 0x3ff)]);
        store16(target + 6, pairs[(y << 6 | y >> 26) & 0xfff]);
        store16(target + 8, pairs[field(y, 16, 10) << 2 | (z >> 14 & 3)]);
        store16(target + 10, pairs[z >> 2 & 0xfff]);
        store16(target + 12, pairs[field(z, 0, 2) << 10 | z >> 22]);
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
