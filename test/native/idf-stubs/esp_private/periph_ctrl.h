/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
void periph_rcc_enter(void);
void periph_rcc_exit(void);
#define PERIPH_RCC_ATOMIC() for (int _rc_cnt = 1; _rc_cnt ? (periph_rcc_enter(), 1) : 0; periph_rcc_exit(), _rc_cnt--)
