/* SPDX-License-Identifier: Apache-2.0 */

#include "boot-choice.h"

#include <stdbool.h>
#include <stdlib.h>

#include "app_update/include/esp_ota_ops.h"
#include "esp_app_desc.h"
#include "esp_flash_partitions.h"
#include "esp_rom_crc.h"

enum {
    kSectorBytes = 4096,
    /* Major version from which the firmware confirms itself after an update. Earlier ones, the original's, never do. */
    kFirstWithTrial = 4,
};

/* As the bootloader reads it: it skips an image that it once rejected, even with the highest sequence number. */
static bool is_entry(const esp_ota_select_entry_t *entry)
{
    return entry->ota_seq != UINT32_MAX && entry->ota_state != ESP_OTA_IMG_INVALID && entry->ota_state != ESP_OTA_IMG_ABORTED &&
           entry->crc == esp_rom_crc32_le(UINT32_MAX, (const uint8_t *)&entry->ota_seq, sizeof entry->ota_seq);
}

/*
 * Ends the trial of the image to start next. If power fails between erase and write, the bootloader uses the other entry of otadata: the
 * running image.
 */
static esp_err_t spare_trial(void)
{
    const esp_partition_t *data = esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_DATA_OTA, NULL);
    esp_ota_select_entry_t entries[2];
    int newest = -1;

    if (!data)
        return ESP_ERR_NOT_FOUND;
    for (int i = 0; i < 2; i++) {
        esp_err_t error = esp_partition_read(data, (size_t)(i * kSectorBytes), &entries[i], sizeof entries[i]);
        if (error != ESP_OK)
            return error;
        if (is_entry(&entries[i]) && (newest < 0 || entries[i].ota_seq > entries[newest].ota_seq))
            newest = i;
    }
    if (newest < 0 || entries[newest].ota_state == ESP_OTA_IMG_UNDEFINED)
        return ESP_OK;
    entries[newest].ota_state = ESP_OTA_IMG_UNDEFINED;
    esp_err_t error = esp_partition_erase_range(data, (size_t)(newest * kSectorBytes), kSectorBytes);
    return error == ESP_OK ? esp_partition_write(data, (size_t)(newest * kSectorBytes), &entries[newest], sizeof entries[newest]) : error;
}

esp_err_t boot_choice_set(const esp_partition_t *partition)
{
    esp_app_desc_t description;
    esp_err_t error = esp_ota_get_partition_description(partition, &description);

    if (error == ESP_OK)
        error = esp_ota_set_boot_partition(partition);
    /* The original firmware never confirms itself: with a trial, the bootloader would roll back from it. */
    if (error == ESP_OK && partition->subtype != ESP_PARTITION_SUBTYPE_APP_FACTORY && strtol(description.version, NULL, 10) < kFirstWithTrial)
        error = spare_trial();
    return error;
}
