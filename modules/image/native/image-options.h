/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_OPTIONS_H
#define IMAGE_OPTIONS_H

#include <stdint.h>
#include "xsmc.h"

/* Options that classes of modules/image share: properties of xsArg(1). They throw what native_integer() and native_text() throw. */

typedef struct ImageColours {
    uint8_t palette;    /* index: palette.h */
    uint16_t low, high; /* pixel values of the palette's ends; low < high */
} ImageColours;

/* `palette`, a name, and `low` and `high`. */
ImageColours image_colours(xsMachine *the);

/* The text in property `id`: see native_text(). */
size_t image_text(xsMachine *the, xsIdentifier id, const char *name, char *text, size_t size);

#endif
