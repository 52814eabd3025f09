/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_UART_LINE_H
#define TCAM_UART_LINE_H

/*
 * A serial line on the IDF's UART driver, for the XS task. The driver's interrupt, which is in IRAM, fills a ring of 16 KB, more than the
 * longest command; a task sends, and brings events.
 *
 * Why not the SDK's class: it reads the UART's 128-byte FIFO from the XS task. At 230,400 baud that is full in 5.5 ms, and erasing a
 * sector of flash takes ten times as long.
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

/* Bits of `answer`. */
enum { kLineReadable = 1, kLineWritable = 2 };

/* `answer` is called in the XS task: kLineWritable first. ESP_ERR_NO_MEM, ESP_ERR_INVALID_STATE: in use, or an error of the driver's. */
esp_err_t uart_line_open(UartLine **line, xsMachine *the, const UartLineOptions *options, void *owner,
                         void (*answer)(xsMachine *the, void *owner, uint32_t events));

size_t uart_line_readable(const UartLine *line);
/* Copies `count` bytes, no more than can be read. */
void uart_line_read(UartLine *line, void *bytes, size_t count);

size_t uart_line_writable(const UartLine *line);
/* False: more than can be written; then nothing is. */
bool uart_line_write(UartLine *line, const void *bytes, size_t count);

/* No answer comes after it. What was not sent yet is dropped. */
void uart_line_close(UartLine *line);

#endif
