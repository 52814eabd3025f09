/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_SPI_H
#define FAKE_SPI_H

/* One SPI controller that reads from the bus, in the time that this takes, and one pin with an interrupt. */

#include <stddef.h>
#include <stdint.h>

typedef struct FakeSPI {
    int actual_khz;       /* what the driver makes of any clock asked for */
    const uint8_t *bytes; /* on the bus, for the transfers that begin from now on */
    size_t offset;        /* of the next byte in them */
    uint32_t transfers;   /* since the last fake_spi_bus() */
    int64_t began, ended; /* the last of them */
    int devices, buses;   /* open now */
} FakeSPI;

extern FakeSPI fake_spi;

/* What the bus carries from now on. */
void fake_spi_bus(const uint8_t *bytes);

/* The pin's edge: calls the handler, where one is enabled. */
void fake_edge(void);

#endif
