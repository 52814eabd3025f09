/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#define ESP_IDF_VERSION_MAJOR 6
#define ESP_IDF_VERSION_MINOR 0
#define ESP_IDF_VERSION_PATCH 0
