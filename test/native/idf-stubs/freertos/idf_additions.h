/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "freertos/task.h"
BaseType_t xTaskGetCoreID(TaskHandle_t xTask);
