/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_SPI_H
#define FAKE_SPI_H

/* Fake SPI controller, whose transfers take their time, and MCPWM capture of one pin. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct FakeSPI {
    int actual_khz;       /* the clock for any requested one */
    const uint8_t *bytes; /* on the bus, for the next transfers */
    size_t offset;        /* of the next byte */
    uint32_t transfers;   /* since the last fake_spi_bus() */
    int64_t began, ended; /* times of the last transfer */
    int devices, buses;   /* open now */
} FakeSPI;

extern FakeSPI fake_spi;

/* Sets the bytes on the bus. */
void fake_spi_bus(const uint8_t *bytes);

/* An edge at the pin: latches the time and calls the handler, if capture is enabled. */
void fake_edge(void);

/* While they are off, as while flash is erased, one call is pending after any number of edges; it takes place when they are on again. */
void fake_interrupts(bool on);

/* A platform that takes the time in the interrupt: a late interrupt gives a late time. */
extern bool fake_software_time;

/* MCPWM timers and channels that exist. */
extern int fake_captures;

#endif
