/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VOSPI_MEMORY_H
#define VOSPI_MEMORY_H

#include <stddef.h>

/* Memory of the platform, set to zero; NULL when there is not enough. Implemented in esp32/vospi-bus.c and linux/vospi-bus.c. */

/* For frames: PSRAM where there is some. */
void *vospi_allocate(size_t bytes);

/* For what threads share: internal RAM, because atomic operations do not work in the ESP32's PSRAM. */
void *vospi_allocate_atomic(size_t bytes);

void vospi_free(void *memory);

#endif
