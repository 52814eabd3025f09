/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
int esp_clk_apb_freq(void);
