/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
typedef struct mcpwm_dev_t mcpwm_dev_t;
extern mcpwm_dev_t *const fake_mcpwm;
#define MCPWM_LL_GET_HW(ID) ((void)(ID), fake_mcpwm)
#define MCPWM_LL_EVENT_CAPTURE(cap) (1 << ((cap) + 27))
void mcpwm_ll_enable_bus_clock(int group_id, bool enable);
void mcpwm_ll_reset_register(int group_id);
void mcpwm_ll_group_enable_shadow_mode(mcpwm_dev_t *mcpwm);
void mcpwm_ll_group_flush_shadow(mcpwm_dev_t *mcpwm);
volatile void *mcpwm_ll_intr_get_status_reg(mcpwm_dev_t *mcpwm);
void mcpwm_ll_intr_enable(mcpwm_dev_t *mcpwm, uint32_t mask, bool enable);
uint32_t mcpwm_ll_intr_get_status(mcpwm_dev_t *mcpwm);
void mcpwm_ll_intr_clear_status(mcpwm_dev_t *mcpwm, uint32_t mask);
void mcpwm_ll_capture_enable_timer(mcpwm_dev_t *mcpwm, bool enable);
void mcpwm_ll_capture_enable_channel(mcpwm_dev_t *mcpwm, int channel, bool enable);
void mcpwm_ll_capture_enable_posedge(mcpwm_dev_t *mcpwm, int channel, bool enable);
void mcpwm_ll_capture_enable_negedge(mcpwm_dev_t *mcpwm, int channel, bool enable);
void mcpwm_ll_invert_input(mcpwm_dev_t *mcpwm, int channel, bool invert);
void mcpwm_ll_trigger_soft_capture(mcpwm_dev_t *mcpwm, int channel);
uint32_t mcpwm_ll_capture_get_value(mcpwm_dev_t *mcpwm, int channel);
void mcpwm_ll_capture_set_prescale(mcpwm_dev_t *mcpwm, int channel, uint32_t prescale);
