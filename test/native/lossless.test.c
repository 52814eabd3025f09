/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "frame-pictures.h"
#include "lossless-decoder.h"
#include "lossless-encoder.h"

static _Alignas(4) uint8_t pixels[kVospiPixelBytes], decoded[kVospiPixelBytes];
static uint8_t bytes[120000];

TEST("lossless: every kind of picture comes back as it was")
{
    for (int picture = 0; picture < kTestPictures; picture++) {
        fill_picture(pixels, (TestPicture)picture);
        size_t length = lossless_encode(bytes, sizeof bytes, pixels);
        EXPECT(length, "picture %d does not fit", picture);
        memset(decoded, 0xee, sizeof decoded);
        EXPECT_EQUAL(lossless_decode(decoded, bytes, length), length);
        EXPECT(!memcmp(decoded, pixels, sizeof pixels), "picture %d differs", picture);
    }
}

TEST("lossless: a scene takes less than half of its pixels, a flat picture almost nothing")
{
    fill_picture(pixels, kPictureScene);
    size_t length = lossless_encode(bytes, sizeof bytes, pixels);
    EXPECT(length > 8000 && length < kVospiPixels, "%zu bytes", length);
    fill_picture(pixels, kPictureZero);
    length = lossless_encode(bytes, sizeof bytes, pixels);
    EXPECT(length >= kVospiPixels / 8 && length < kVospiPixels / 8 + 400, "%zu bytes", length);
}

TEST("lossless: a frame that does not fit gives 0, and nothing is written beyond the room")
{
    fill_picture(pixels, kPictureScene);
    size_t length = lossless_encode(bytes, sizeof bytes, pixels);
    for (size_t room = 0; room < length + 2 * kLosslessRowMaximum; room += 97) {
        /* Of exactly that size, so that the address sanitizer sees any byte too many. */
        uint8_t *target = malloc(room ? room : 1);
        EXPECT(target, "no memory");
        size_t written = lossless_encode(target, room, pixels);
        bool same = !written || (written == length && !memcmp(target, bytes, length));
        free(target);
        EXPECT(same, "%zu bytes into %zu", written, room);
        EXPECT(written || room < length + kLosslessRowMaximum, "does not fit %zu bytes", room);
    }
    fill_picture(pixels, kPictureNoise);
    EXPECT_EQUAL(lossless_encode(bytes, kVospiPixelBytes, pixels), 0);
}
