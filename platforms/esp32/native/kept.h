/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_KEPT_H
#define TCAM_KEPT_H

#include <stdbool.h>
#include <stdint.h>

/* Two numbers in memory that survives every reset but the loss of power (RTC_NOINIT_ATTR), after which it holds anything: `check` tells. */
typedef struct Kept {
    uint32_t magic; /* whose they are */
    uint32_t values[2];
    uint32_t check;
} Kept;

/* True if the numbers are as they were stored under `magic`. */
bool kept_holds(const Kept *kept, uint32_t magic);

void kept_store(Kept *kept, uint32_t magic, uint32_t first, uint32_t second);

#endif
