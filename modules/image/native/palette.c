/* SPDX-License-Identifier: Apache-2.0 */
#include "palette.h"

typedef struct ColourStop {
    uint8_t entry, red, green, blue;
} ColourStop;

enum { kStopsMaximum = 9 };

typedef struct Palette {
    char name[10];
    ColourStop stops[kStopsMaximum]; /* by rising entry, from 0 to 255 */
} Palette;

static const Palette kPalettes[] = {
    {"white", {{0, 0, 0, 0}, {255, 255, 255, 255}}},
    {"black", {{0, 255, 255, 255}, {255, 0, 0, 0}}},
    {"iron",
     {{0, 0, 0, 10}, {32, 24, 0, 112}, {72, 104, 0, 152}, {112, 176, 24, 144}, {152, 224, 72, 64}, {192, 248, 136, 8}, {224, 255, 200, 40}, {255, 255, 255, 240}}},
    {"rainbow", {{0, 16, 0, 96}, {40, 0, 40, 224}, {88, 0, 176, 224}, {128, 16, 184, 64}, {168, 216, 216, 16}, {204, 240, 96, 0}, {226, 208, 8, 8}, {255, 255, 224, 224}}},
    {"arctic", {{0, 8, 8, 64}, {72, 16, 88, 192}, {128, 80, 200, 240}, {160, 208, 232, 232}, {208, 240, 184, 56}, {255, 255, 248, 200}}},
    {"lava", {{0, 0, 0, 24}, {56, 24, 24, 88}, {112, 136, 24, 64}, {168, 224, 48, 16}, {216, 248, 152, 24}, {255, 255, 248, 208}}},
    /* Lightness rises evenly from blue to yellow, so it is readable with every kind of colour blindness. */
    {"even", {{0, 8, 8, 56}, {64, 40, 64, 132}, {128, 60, 124, 136}, {192, 144, 180, 96}, {255, 252, 236, 72}}},
    {"glow", {{0, 0, 0, 0}, {96, 128, 8, 0}, {176, 240, 120, 0}, {224, 255, 208, 64}, {255, 255, 255, 255}}},
    {"medical", {{0, 0, 0, 0}, {48, 72, 0, 104}, {96, 0, 72, 216}, {136, 0, 184, 160}, {176, 96, 216, 32}, {200, 240, 208, 0}, {224, 240, 64, 0}, {255, 255, 255, 255}}},
    /* From cold to warm through a pale middle: for differences on both sides of a mean. */
    {"bluered", {{0, 16, 48, 168}, {64, 72, 136, 216}, {112, 208, 224, 240}, {128, 240, 240, 240}, {144, 248, 224, 200}, {192, 224, 112, 72}, {255, 160, 8, 32}}},
    {"green", {{0, 0, 0, 0}, {96, 0, 96, 40}, {176, 40, 200, 72}, {255, 236, 255, 224}}},
    {"amber", {{0, 0, 0, 0}, {112, 136, 56, 0}, {192, 255, 168, 24}, {255, 255, 244, 208}}},
};

unsigned palette_count(void)
{
    return sizeof kPalettes / sizeof kPalettes[0];
}

const char *palette_name(unsigned index)
{
    return kPalettes[index].name;
}

/* Interpolates one channel from entry `first`, with colour `from`, to `first + length`, with colour `to`. */
static void interpolate(uint8_t (*entry)[3], unsigned channel, int from, int to, int length)
{
    int32_t value = from * 65536 + 32768, step = (to - from) * 65536 / length;

    for (int i = 0; i < length; i++, value += step)
        entry[i][channel] = (uint8_t)(value >> 16);
    entry[length][channel] = (uint8_t)to;
}

void palette_rgb(uint8_t rgb[kPaletteEntries][3], unsigned index)
{
    for (const ColourStop *stop = kPalettes[index].stops; stop->entry < kPaletteEntries - 1; stop++) {
        int length = stop[1].entry - stop->entry;
        interpolate(rgb + stop->entry, 0, stop->red, stop[1].red, length);
        interpolate(rgb + stop->entry, 1, stop->green, stop[1].green, length);
        interpolate(rgb + stop->entry, 2, stop->blue, stop[1].blue, length);
    }
}
