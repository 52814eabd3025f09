/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_UART_LINE_H
#define TCAM_UART_LINE_H

/*
 * A serial line on the IDF's UART driver, for the XS task. The driver's interrupt, which is in IRAM, fills a ring buffer of 16 KB, more
 * than the longest command. A task sends, and posts events.
 *
 * The SDK's class is not used: it reads the UART's 128-byte FIFO from the XS task. At 230,400 baud the FIFO fills in 5.5 ms; erasing a
 * flash sector takes ten times as long.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xsmc.h"

#include "esp_err.h"

typedef struct UartLine UartLine;

typedef struct UartLineOptions {
    int port;
    int baud;
    int receive; /* pins; -1: not connected */
    int transmit;
} UartLineOptions;

/* Events. */
enum { kLineReadable = 1, kLineWritable = 2 };

/* `on_events` is called in the XS task, first with kLineWritable. Errors: ESP_ERR_NO_MEM, ESP_ERR_INVALID_STATE (in use), the driver's. */
esp_err_t uart_line_open(UartLine **line, xsMachine *the, const UartLineOptions *options, void *owner,
                         void (*on_events)(xsMachine *the, void *owner, uint32_t events));

size_t uart_line_readable(const UartLine *line);
/* Copies `count` bytes, at most uart_line_readable(). */
void uart_line_read(UartLine *line, void *bytes, size_t count);

size_t uart_line_writable(const UartLine *line);
/* Queues all bytes or none. False: more than uart_line_writable(). */
bool uart_line_write(UartLine *line, const void *bytes, size_t count);

/* No event comes after it. Unsent bytes are dropped. */
void uart_line_close(UartLine *line);

#endif
