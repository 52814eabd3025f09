/* SPDX-License-Identifier: Apache-2.0 */

#include "image-options.h"

#include <string.h>

#include "mc.xs.h"
#include "native-class.h"
#include "palette.h"

enum { kNameBytes = 16 };

size_t image_text(xsMachine *the, xsIdentifier id, const char *name, char *text, size_t size)
{
    xsSlot slot;

    xsmcGet(slot, xsArg(1), id);
    return native_text(the, &slot, name, text, 0, size);
}

static uint8_t palette_option(xsMachine *the)
{
    char name[kNameBytes];

    image_text(the, xsID_palette, "palette", name, sizeof name);
    for (unsigned i = 0; i < palette_count(); i++)
        if (!strcmp(name, palette_name(i)))
            return (uint8_t)i;
    xsRangeError("palette: no palette is named %s", name);
}

ImageColours image_colours(xsMachine *the)
{
    uint8_t palette = palette_option(the);
    uint16_t low = (uint16_t)native_integer(the, &xsArg(1), xsID_low, "low", 0, UINT16_MAX - 1, -1);
    uint16_t high = (uint16_t)native_integer(the, &xsArg(1), xsID_high, "high", low + 1, UINT16_MAX, -1);

    return (ImageColours){.palette = palette, .low = low, .high = high};
}
