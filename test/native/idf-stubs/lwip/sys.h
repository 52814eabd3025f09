/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "lwip/arch.h"
u32_t sys_now(void);
