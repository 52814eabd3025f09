/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* What the build derives from sdkconfig.defaults. */
#define CONFIG_APP_PROJECT_VER "0.0"
#define CONFIG_ESP_EFUSE_BLOCK_REV_MIN_FULL 0
#define CONFIG_ESP_EFUSE_BLOCK_REV_MAX_FULL 99
#define CONFIG_MMU_PAGE_SIZE 0x10000
