/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_MCPWM_H
#define FAKE_MCPWM_H

/* Fake capture unit of an MCPWM at 80 MHz, in the time of fake-timer.h. Wrong accesses end the program. */

#include <stdbool.h>
#include <stdint.h>

/* A rising edge at the pin that is connected to a channel: latches the time and raises the interrupt. */
void fake_edge(void);

/* While they are off, as while flash is erased, one call is pending after any number of edges; it takes place when they are on again. */
void fake_interrupts(bool on);

/* A platform that takes the time in the interrupt: a late interrupt gives a late time. */
extern bool fake_software_time;

/* The next allocation of an interrupt fails. */
extern bool fake_no_interrupt;

/* A channel's register is read so often after a capture by software before it has the new value. */
extern uint32_t fake_latch_readings;

/* The unit has a clock, the pin is connected to it, or an interrupt is allocated. */
bool fake_captures(void);

#endif
