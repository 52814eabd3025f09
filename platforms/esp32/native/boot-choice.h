/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_BOOT_CHOICE_H
#define TCAM_BOOT_CHOICE_H

#include "esp_err.h"
#include "esp_partition.h"

/* Makes a partition with a valid image that of the next start. The IDF reads and checks all of the image first: about half a second. */
esp_err_t boot_choice_set(const esp_partition_t *partition);

#endif
