/* SPDX-License-Identifier: Apache-2.0 */
#include "fake-flash.h"

#include <string.h>

#include "app_update/include/esp_ota_ops.h"
#include "esp_err.h"
#include "esp_partition.h"

enum {
    kSectorBytes = 4096,
    kBlockBytes = 65536,
    kSectorMicroseconds = 45000,
    kBlockMicroseconds = 250000,
    kProgramMicroseconds = 30,
    kByteNanoseconds = 2500,
    kReadMicroseconds = 60,
};

uint8_t fake_flash[kFakeFlashBytes];
void (*fake_on_stop)(int64_t microseconds);
bool fake_worn;
size_t fake_erased_bytes;

static const esp_partition_t partition = {.size = kFakeFlashBytes, .label = "ota_0"};

const esp_partition_t *esp_ota_get_next_update_partition(const esp_partition_t *from)
{
    (void)from;
    return &partition;
}

static void stop(int64_t microseconds)
{
    if (fake_on_stop)
        fake_on_stop(microseconds);
}

static bool outside(size_t offset, size_t size)
{
    return offset > kFakeFlashBytes || size > kFakeFlashBytes - offset;
}

esp_err_t esp_partition_erase_range(const esp_partition_t *from, size_t offset, size_t size)
{
    if (from != &partition) {
        fake_erased_bytes += size;
        return ESP_OK;
    }
    if (outside(offset, size) || offset % kSectorBytes || size % kSectorBytes)
        return ESP_FAIL;
    bool block = size == kBlockBytes && offset % kBlockBytes == 0;
    stop(block ? kBlockMicroseconds : (int64_t)(size / kSectorBytes) * kSectorMicroseconds);
    memset(fake_flash + offset, 0xff, size);
    return ESP_OK;
}

esp_err_t esp_partition_write(const esp_partition_t *from, size_t offset, const void *bytes, size_t size)
{
    (void)from;
    if (outside(offset, size))
        return ESP_FAIL;
    stop(kProgramMicroseconds + (int64_t)size * kByteNanoseconds / 1000);
    for (size_t i = 0; i < size; i++)
        fake_flash[offset + i] &= ((const uint8_t *)bytes)[i];
    if (fake_worn)
        fake_flash[offset] ^= 1;
    fake_worn = false;
    return ESP_OK;
}

esp_err_t esp_partition_read(const esp_partition_t *from, size_t offset, void *bytes, size_t size)
{
    (void)from;
    if (outside(offset, size))
        return ESP_FAIL;
    stop(kReadMicroseconds);
    memcpy(bytes, fake_flash + offset, size);
    return ESP_OK;
}
