/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_SPI_H
#define FAKE_SPI_H

/* Fake SPI controller, whose transfers take their time. */

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

#endif
