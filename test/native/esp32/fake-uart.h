/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_UART_H
#define FAKE_UART_H

/* ESP-IDF's UART driver with one port: a receive ring buffer, and a transmit FIFO that empties at the line's speed. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct FakeUART {
    bool installed;
    bool in_use;     /* by other code: the driver cannot be installed */
    uint8_t sent[65536];
    size_t count;    /* bytes sent, including those in the FIFO */
    int64_t idle;    /* microseconds: time at which the FIFO is empty */
    int64_t gaps;    /* microseconds that the line was idle between bytes */
} FakeUART;

extern FakeUART fake_uart;

/* Receives bytes from the line. Bytes that do not fit the ring buffer are held back until it is read. */
void fake_uart_receive(const void *bytes, size_t count);

#endif
