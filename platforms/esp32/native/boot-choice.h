/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_BOOT_CHOICE_H
#define TCAM_BOOT_CHOICE_H

#include "esp_err.h"
#include "esp_partition.h"

/* Selects a partition with a valid image for the next start. The IDF first reads and checks the whole image: about half a second. */
esp_err_t boot_choice_set(const esp_partition_t *partition);

#endif
