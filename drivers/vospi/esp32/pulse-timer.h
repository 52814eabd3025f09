/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PULSE_TIMER_H
#define PULSE_TIMER_H

/* Time stamps of a pin's rising edges, by the capture unit of MCPWM 0. One at a time. */

#include <stdbool.h>
#include <stdint.h>

#include "esp_err.h"
#include "esp_intr_alloc.h"

typedef struct PulseTimer {
    /* In the interrupt: the timer at the edge. Returns whether a task was woken that is to run now. */
    bool (*on_pulse)(void *refcon, uint32_t value);
    void *refcon;
    /* Set by pulse_timer_open(). */
    uint32_t ticks_per_microsecond;
    intr_handle_t interrupt; /* NULL: not open */
} PulseTimer;

/* The timer runs, the interrupt is off. It is handled on the calling core. The pin is an input already. */
esp_err_t pulse_timer_open(PulseTimer *timer, int pin);
/* Does nothing if it is not open. */
void pulse_timer_close(PulseTimer *timer);

/* Turns the interrupt on or off. */
esp_err_t pulse_timer_enable(PulseTimer *timer, bool on);
/* The timer now: 32 bits, which overflow. */
uint32_t pulse_timer_now(void);

#endif
