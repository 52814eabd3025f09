/* SPDX-License-Identifier: Apache-2.0 */
#include "image-encoder.h"

static const char kHead[] = "\x02{\"metadata\":";
static const char kRadiometric[] = ",\"radiometric\":\"";
static const char kTelemetry[] = "\",\"telemetry\":\"";
static const char kTail[] = "\"}\x03";

enum { kPartHead, kPartMetadata, kPartRadiometric, kPartPixels, kPartTelemetry, kPartTelemetryWords, kPartTail, kPartEnd };

/*
 * Three words are six bytes, which are eight characters. Both word counts are multiples of three, so there is no
 * padding.
 */
enum { kGroupWords = 3, kGroupCharacters = 8 };
_Static_assert(kVospiPixels % kGroupWords == 0 && kVospiTelemetryWords % kGroupWords == 0, "base64 without padding");

static const char kAlphabet[64] = {
    'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U', 'V',
    'W', 'X', 'Y', 'Z', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r',
    's', 't', 'u', 'v', 'w', 'x', 'y', 'z', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '+', '/',
};

enum {
    kPixelCharacters = kVospiPixels / kGroupWords * kGroupCharacters,
    kTelemetryCharacters = kVospiTelemetryWords / kGroupWords * kGroupCharacters,
};

size_t image_encoder_start(ImageEncoder *encoder, const VospiFrame *frame, const char *metadata, size_t metadataLength)
{
    *encoder = (ImageEncoder){.frame = frame, .metadata = metadata, .metadataLength = metadataLength};
    return sizeof kHead - 1 + metadataLength + sizeof kRadiometric - 1 + kPixelCharacters + sizeof kTelemetry - 1 +
           kTelemetryCharacters + sizeof kTail - 1;
}

static void put(ImageEncoder *encoder, uint8_t *target, const void *bytes, size_t count)
{
    const uint8_t *source = bytes;
    uint32_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += target[i] = source[i];
    encoder->checksum += sum;
}

/* Encodes `groups` groups of three words. Returns the sum of the characters written. */
static uint32_t encode_groups(uint8_t *target, const uint16_t *words, size_t groups)
{
    const char *alphabet = kAlphabet;
    uint32_t sum = 0;

    for (const uint16_t *end = words + groups * kGroupWords; words < end; words += kGroupWords, target += kGroupCharacters) {
        uint32_t a = words[0], b = words[1], c = words[2];
        /* The bytes in the order they are sent, low byte of each word first, three per value. */
        uint32_t first = (a & 0xff) << 16 | (a & 0xff00) | (b & 0xff);
        uint32_t second = (b & 0xff00) << 8 | (c & 0xff) << 8 | c >> 8;
        sum += target[0] = (uint8_t)alphabet[first >> 18];
        sum += target[1] = (uint8_t)alphabet[first >> 12 & 63];
        sum += target[2] = (uint8_t)alphabet[first >> 6 & 63];
        sum += target[3] = (uint8_t)alphabet[first & 63];
        sum += target[4] = (uint8_t)alphabet[second >> 18];
        sum += target[5] = (uint8_t)alphabet[second >> 12 & 63];
        sum += target[6] = (uint8_t)alphabet[second >> 6 & 63];
        sum += target[7] = (uint8_t)alphabet[second & 63];
    }
    return sum;
}

/*
 * Writes base64 of `words`, `length` characters in total, from character `encoder->offset` on. Returns the number
 * written.
 */
static size_t put_words(ImageEncoder *encoder, uint8_t *target, size_t size, const uint16_t *words, size_t length)
{
    size_t offset = encoder->offset, written = 0;
    size_t wanted = length - offset < size ? length - offset : size;

    while (written < wanted) {
        size_t inside = (offset + written) % kGroupCharacters;
        const uint16_t *group = words + (offset + written) / kGroupCharacters * kGroupWords;
        size_t left = wanted - written;
        if (inside || left < kGroupCharacters) {
            uint8_t characters[kGroupCharacters];
            size_t count = kGroupCharacters - inside < left ? kGroupCharacters - inside : left;
            encode_groups(characters, group, 1);
            put(encoder, target + written, characters + inside, count);
            written += count;
        } else {
            encoder->checksum += encode_groups(target + written, group, left / kGroupCharacters);
            written += left / kGroupCharacters * kGroupCharacters;
        }
    }
    return wanted;
}

static size_t put_text(ImageEncoder *encoder, uint8_t *target, size_t size, const char *text, size_t length)
{
    size_t left = length - encoder->offset, count = left < size ? left : size;
    put(encoder, target, text + encoder->offset, count);
    return count;
}

/* Writes as much of the current part as fits; `*length` is the length of the whole part. */
static size_t put_part(ImageEncoder *encoder, uint8_t *target, size_t size, size_t *length)
{
    switch (encoder->part) {
    case kPartHead:
        return put_text(encoder, target, size, kHead, *length = sizeof kHead - 1);
    case kPartMetadata:
        return put_text(encoder, target, size, encoder->metadata, *length = encoder->metadataLength);
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
