/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <stdbool.h>
#include <string.h>
#include "base64-codec.h"

/* The test vectors of RFC 4648, section 10. */
static const struct {
    const char *bytes, *text;
} kVectors[] = {
    {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"},
};

TEST("base64: the vectors of RFC 4648 both ways")
{
    for (size_t i = 0; i < sizeof kVectors / sizeof *kVectors; i++) {
        const char *text = kVectors[i].text;
        size_t length = strlen(kVectors[i].bytes), decoded;
        char encoded[16];
        uint8_t bytes[16];
        EXPECT_EQUAL(base64_encoded_length(length), strlen(text));
        base64_encode(encoded, (const uint8_t *)kVectors[i].bytes, length);
        EXPECT(!memcmp(encoded, text, strlen(text)), "\"%s\" is encoded wrongly", kVectors[i].bytes);
        EXPECT(base64_decoded_length(text, strlen(text), &decoded), "\"%s\" refused", text);
        EXPECT_EQUAL(decoded, length);
        EXPECT(base64_decode(bytes, text, strlen(text)), "\"%s\" refused", text);
        EXPECT(!memcmp(bytes, kVectors[i].bytes, length), "\"%s\" is decoded wrongly", text);
    }
}

TEST("base64: any bytes come back")
{
    Random random = {5};
    for (size_t length = 0; length < 300; length++) {
        uint8_t bytes[300], back[300];
        char text[400];
        size_t decoded;
        for (size_t i = 0; i < length; i++)
            bytes[i] = (uint8_t)random_next(&random);
        base64_encode(text, bytes, length);
        EXPECT(base64_decoded_length(text, base64_encoded_length(length), &decoded) && decoded == length, "%zu bytes became %zu", length, decoded);
        EXPECT(base64_decode(back, text, base64_encoded_length(length)), "%zu bytes refused", length);
        EXPECT(!memcmp(bytes, back, length), "%zu bytes changed", length);
    }
}

TEST("base64: refuses anything but exactly one encoding")
{
    static const char *const wrong[] = {
        "Z", "Zg", "Zg=", "Zm9vY", "Zm9vYg=", "====", "Z===", "=Zg=", "Zg=g", "Zm=v", "Zm9v====", "Zg==Zg==", /* length and padding */
        "Zh==", "Zm9=", "Zm9vYh==",                                                                      /* bits no byte takes */
        " Zm9", "Zm9\n", "Zm9v Zm9", "Zm-v", "Zm_v", "Zm9.", "Zm9\x80", "Zm9@", "Zm9[", "Zm9`", "Zm9{", "Zm9:", /* characters */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        uint8_t bytes[16];
        EXPECT(!base64_decode(bytes, wrong[i], strlen(wrong[i])), "\"%s\" accepted", wrong[i]);
    }
}

/* Every character in every place: 64 are taken, `=` only where padding may be. */
TEST("base64: takes the 64 characters of the alphabet and no other")
{
    for (int place = 0; place < 4; place++) {
        int taken = 0;
        for (int character = 0; character < 256; character++) {
            char text[4] = {'A', 'A', 'A', 'A'};
            uint8_t bytes[4];
            text[place] = (char)character;
            taken += base64_decode(bytes, text, 4);
        }
        EXPECT_EQUAL(taken, place == 3 ? 65 : 64);
    }
}
