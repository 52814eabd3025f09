/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
typedef enum { ETS_PWM0_INTR_SOURCE = 39 } periph_interrupt_t;
