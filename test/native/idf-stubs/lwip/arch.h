/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdint.h>
typedef uint8_t u8_t;
typedef uint16_t u16_t;
typedef uint32_t u32_t;
typedef int8_t err_t;
#define ERR_OK 0
#define ERR_MEM (-1)
#define ERR_BUF (-2)
#define ERR_RTE (-4)
#define ERR_VAL (-6)
#define ERR_USE (-8)
#define ERR_ABRT (-13)
