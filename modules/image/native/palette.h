/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PALETTE_H
#define PALETTE_H

#include <stdint.h>

/*
 * Colours for temperatures: entry 0 is the coldest, entry 255 the warmest. A palette is stored as colours at a few
 * positions; colours between them are interpolated. Portable: no OS, no malloc, no globals.
 */
enum { kPaletteEntries = 256 };

/* Pixel values that the palette spans. `low` gets entry 0, `high` entry 255; values outside get the nearer one. */
typedef struct PaletteRange {
    uint32_t low, span, factor; /* factor: 255 / span, in 1/65536 */
} PaletteRange;

/* low < high. */
static inline PaletteRange palette_range(uint32_t low, uint32_t high)
{
    uint32_t span = high - low;
    return (PaletteRange){.low = low, .span = span, .factor = ((255u << 16) + span / 2) / span};
}

/* The entry of a pixel value. Inline, as it runs once a pixel. */
static inline __attribute__((always_inline)) uint8_t palette_entry(const PaletteRange *range, uint32_t value)
{
    if (value <= range->low)
        return 0;
    value -= range->low;
    return value >= range->span ? 255 : (uint8_t)((value * range->factor + 32768) >> 16);
}

/* The number of palettes. */
unsigned palette_count(void);

/* The name of palette `index`: lower-case ASCII. */
const char *palette_name(unsigned index);

/* Fills `rgb` with the 256 entries of palette `index`: red, green, blue, 0 to 255 each (sRGB). */
void palette_rgb(uint8_t rgb[kPaletteEntries][3], unsigned index);

#endif
