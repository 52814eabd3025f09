/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_FLASH_H
#define FAKE_FLASH_H

/* The partition for an update, of NOR flash. While it is erased or programmed both cores stop: no interrupt, no task. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { kFakeFlashBytes = 131072 };

extern uint8_t fake_flash[kFakeFlashBytes];
/* Lets time pass while both cores stop. */
extern void (*fake_on_stop)(int64_t microseconds);
/* The next program operation leaves a bit as it was. */
extern bool fake_worn;
/* Bytes of other partitions that were erased. */
extern size_t fake_erased_bytes;

#endif
