/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_UART_H
#define FAKE_UART_H

/* ESP-IDF's UART driver with one port: a ring for what comes, a FIFO that empties at the line's speed for what goes. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct FakeUART {
    bool installed;
    bool in_use;     /* by another program part: it cannot be installed */
    uint8_t sent[65536];
    size_t count;    /* bytes sent, those in the FIFO included */
    int64_t idle;    /* microseconds: when the FIFO is empty */
    int64_t gaps;    /* microseconds that the line was idle between bytes */
} FakeUART;

extern FakeUART fake_uart;

/* Bytes come from the line; those that the ring has no room for are held back until it is read. */
void fake_uart_receive(const void *bytes, size_t count);

#endif
