/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdint.h>
typedef struct {
    uint32_t addr;
} ip4_addr_t;
