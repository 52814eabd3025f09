/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TASK_CORE_H
#define TASK_CORE_H

/*
 * Pins the calling task to core 1, where it runs from then on: for the XS task, which the SDK creates unpinned. Core 0 has WiFi
 * and lwIP. docs/performance.md has the counts. To be called once.
 */
void task_pin_to_core_1(void);

#endif
