/* SPDX-License-Identifier: Apache-2.0 */

#include "reset-memory.h"

#include <stddef.h>

#include "esp_rom_crc.h"

static uint32_t check_of(const ResetMemory *memory)
{
    return esp_rom_crc32_le(0, (const uint8_t *)memory, offsetof(ResetMemory, check));
}

bool reset_memory_is_valid(const ResetMemory *memory, uint32_t magic)
{
    return memory->magic == magic && memory->check == check_of(memory);
}

void reset_memory_store(ResetMemory *memory, uint32_t magic, uint32_t first, uint32_t second)
{
    *memory = (ResetMemory){.magic = magic, .values = {first, second}};
    memory->check = check_of(memory);
}
