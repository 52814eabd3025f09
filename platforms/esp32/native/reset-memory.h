/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_RESET_MEMORY_H
#define TCAM_RESET_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* Two numbers that survive every reset except loss of power (RTC_NOINIT_ATTR). After power-on the memory is random: `check` detects it. */
typedef struct ResetMemory {
    uint32_t magic; /* identifies the owner */
    uint32_t values[2];
    uint32_t check; /* CRC-32 of the members before it */
} ResetMemory;

/* True if the numbers are as they were stored under `magic`. */
bool reset_memory_is_valid(const ResetMemory *memory, uint32_t magic);

void reset_memory_store(ResetMemory *memory, uint32_t magic, uint32_t first, uint32_t second);

#endif
