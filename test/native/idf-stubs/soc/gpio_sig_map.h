/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#define HSPICS0_IN_IDX 11
#define VSPICS0_IN_IDX 68
#define PWM0_CAP0_IN_IDX 109
