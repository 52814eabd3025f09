/* SPDX-License-Identifier: Apache-2.0 */

/* The serial line of the ESP32 (platforms/esp32/native/uart-line.c) over a fake of the UART driver. */

#include "../harness.h"

#include <string.h>

#include "fake-chip.h"
#include "fake-tasks.h"
#include "fake-timer.h"
#include "fake-uart.h"
#include "uart-line.h"

enum { kBaud = 230400, kInput = 16384, kOutput = 4096 };

static UartLine *line;
static uint32_t events, answers;

static void note(xsMachine *the, void *owner, uint32_t bits)
{
    (void)the;
    if (owner == &line) {
        answers++;
        events |= bits;
    }
}

static esp_err_t open_line(void)
{
    const UartLineOptions options = {.port = 1, .baud = kBaud, .receive = 3, .transmit = 1};

    events = answers = 0;
    line = NULL;
    return uart_line_open(&line, NULL, &options, &line, note);
}

/* Lets XS receive its messages. */
static uint32_t answered(void)
{
    events = 0;
    fake_run_tasks();
    fake_deliver();
    return events;
}

static void close_line(void)
{
    uart_line_close(line);
    fake_run_timers();
    fake_deliver();
    fake_run_tasks();
}

TEST("uart: a new line reports writable, even if XS's queue is full when it opens")
{
    fake_queue_length = 0;
    EXPECT_EQUAL(open_line(), ESP_OK);
    EXPECT_EQUAL(answered(), 0);
    fake_queue_length = 10;
    fake_run_timers();
    EXPECT_EQUAL(answered(), kLineWritable);
    EXPECT_EQUAL(uart_line_writable(line), kOutput);
    close_line();
}

TEST("uart: bytes received while XS's queue is full are reported when it has room")
{
    char text[8] = "";

    fake_queue_length = 10;
    open_line();
    answered();
    fake_queue_length = 0;
    fake_uart_receive("hello", 5);
    EXPECT_EQUAL(answered(), 0);
    fake_queue_length = 10;
    fake_run_timers();
    EXPECT_EQUAL(answered(), kLineReadable);
    EXPECT_EQUAL(uart_line_readable(line), 5);
    uart_line_read(line, text, 5);
    EXPECT(!strcmp(text, "hello"), "%s", text);
    close_line();
}

TEST("uart: bytes that the driver held back while its ring buffer was full are reported")
{
    static uint8_t bytes[kInput + 100], read[sizeof bytes];
    Random random = {1};

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)random_next(&random);
    open_line();
    answered();
    fake_uart_receive(bytes, sizeof bytes);
    EXPECT_EQUAL(answered(), kLineReadable);
    EXPECT_EQUAL(uart_line_readable(line), kInput);
    uart_line_read(line, read, kInput);
    EXPECT_EQUAL(answered(), kLineReadable);
    EXPECT_EQUAL(uart_line_readable(line), 100);
    uart_line_read(line, read + kInput, 100);
    EXPECT(!memcmp(bytes, read, sizeof bytes), "other bytes");
    EXPECT_EQUAL(answered(), 0);
    close_line();
}

TEST("uart: written bytes are sent completely and without a gap, and then the line is writable")
{
    static uint8_t bytes[kOutput];
    Random random = {2};

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)random_next(&random);
    open_line();
    answered();
    EXPECT(!uart_line_write(line, bytes, kOutput + 1), "more was taken than fits");
    EXPECT(uart_line_write(line, bytes, kOutput), "not taken");
    EXPECT_EQUAL(uart_line_writable(line), 0);
    EXPECT(!uart_line_write(line, bytes, 1), "more was taken than fits");
    EXPECT_EQUAL(answered(), kLineWritable);
    EXPECT_EQUAL(uart_line_writable(line), 128);
    fake_advance((int64_t)kOutput * 10 * 1000000 / kBaud);
    EXPECT_EQUAL(fake_uart.count, kOutput);
    EXPECT(!memcmp(fake_uart.sent, bytes, kOutput), "other bytes");
    EXPECT_EQUAL(fake_uart.gaps, 0);
    EXPECT_EQUAL(answered(), kLineWritable);
    EXPECT_EQUAL(uart_line_writable(line), kOutput);
    close_line();
}

TEST("uart: a line closed with unsent bytes and a message under way reports nothing")
{
    open_line();
    uart_line_write(line, "hello", 5);
    fake_run_tasks();
    uart_line_close(line);
    fake_run_tasks();
    EXPECT_EQUAL(fake_deliver(), 1);
    EXPECT_EQUAL(answers, 0);
    EXPECT(!fake_uart.installed, "the driver is still there");
}

TEST("uart: opening a port in use is an error")
{
    fake_uart.in_use = true;
    EXPECT_EQUAL(open_line(), ESP_ERR_INVALID_STATE);
    EXPECT(!line, "opened");
    fake_uart.in_use = false;
    EXPECT_EQUAL(open_line(), ESP_OK);
    close_line();
}
