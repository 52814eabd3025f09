/* SPDX-License-Identifier: Apache-2.0 */

#include "kept.h"

#include <stddef.h>

#include "esp_rom_crc.h"

static uint32_t check_of(const Kept *kept)
{
    return esp_rom_crc32_le(0, (const uint8_t *)kept, offsetof(Kept, check));
}

bool kept_holds(const Kept *kept, uint32_t magic)
{
    return kept->magic == magic && kept->check == check_of(kept);
}

void kept_store(Kept *kept, uint32_t magic, uint32_t first, uint32_t second)
{
    *kept = (Kept){.magic = magic, .values = {first, second}};
    kept->check = check_of(kept);
}
