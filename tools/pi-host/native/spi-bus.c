/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spi-bus DEVICE: Linux's spidev as standard input and output. Prints one line "open" when it is set up.
 * A request is u32 byte count and u32 clock rate in Hz, little-endian; its answer is exactly that many bytes, clocked in one
 * transfer with chip select asserted throughout (mode 0, 8 bits). The virtual board's SPI socket takes the same requests.
 * Ends when standard input does.
 */
#include <fcntl.h>
#include <linux/spi/spidev.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "io.h"

enum { LARGEST = 1 << 20, REQUEST = 8 };

static uint32_t little32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static int open_bus(const char *path)
{
    uint32_t mode = SPI_MODE_0;
    uint8_t bits = 8;
    int bus = open(path, O_RDWR);
    if (bus < 0) {
        fail(path, strerror(errno));
        return -1;
    }
    if (ioctl(bus, SPI_IOC_WR_MODE32, &mode) < 0 || ioctl(bus, SPI_IOC_WR_BITS_PER_WORD, &bits) < 0) {
        fail(path, errno == ENOTTY ? "not an SPI bus of spidev" : strerror(errno));
        close(bus);
        return -1;
    }
    return bus;
}

/* spidev refuses a transfer longer than its buffer, by default 4,096 bytes (module parameter bufsiz). */
static int refuse(const char *path, uint32_t count)
{
    char why[160];
    if (errno != EMSGSIZE)
        return fail(path, strerror(errno));
    snprintf(why, sizeof why, "spidev's buffer is smaller than %lu bytes: add spidev.bufsiz=65536 to the kernel's command line",
             (unsigned long)count);
    return fail(path, why);
}

static int serve(int bus, const char *path, uint8_t *bytes)
{
    uint8_t request[REQUEST];
    int state;

    while ((state = read_all(STDIN_FILENO, request, sizeof request)) == 1) {
        struct spi_ioc_transfer transfer = {0};
        transfer.len = little32(request);
        transfer.speed_hz = little32(request + 4);
        transfer.bits_per_word = 8;
        transfer.rx_buf = (uintptr_t)bytes;
        if (transfer.len > LARGEST)
            return fail("spi-bus", "a transfer has at most 1048576 bytes");
        /* MOSI is not connected: without a transmit buffer spidev clocks zeros out. */
        if (transfer.len > 0 && ioctl(bus, SPI_IOC_MESSAGE(1), &transfer) < 0)
            return refuse(path, transfer.len);
        if (!write_all(STDOUT_FILENO, bytes, transfer.len))
            return 1;
    }
    return state == 0 ? 0 : fail("spi-bus", "half a request");
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return fail("spi-bus", "one argument: the SPI device, such as /dev/spidev0.0");
    int bus = open_bus(argv[1]);
    uint8_t *bytes = malloc(LARGEST);
    int result = 1;
    if (bus >= 0 && bytes != NULL && write_all(STDOUT_FILENO, "open\n", 5))
        result = serve(bus, argv[1], bytes);
    free(bytes);
    if (bus >= 0)
        close(bus);
    return result;
}
