/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#define GPIO_MATRIX_CONST_ZERO_INPUT (0x30)
