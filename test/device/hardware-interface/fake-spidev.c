/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loaded into tools/pi-host/native/spi-bus (LD_PRELOAD): the file named by FAKE_SPIDEV behaves as a spidev device with a buffer of
 * FAKE_BUFSIZ bytes. Each transfer reads 0, 1, 2 … 250, 0 …; the driver's settings are appended to FAKE_LOG.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/spi/spidev.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

static int device = -1;

static void note(const char *format, ...)
{
    FILE *log = fopen(getenv("FAKE_LOG"), "a");
    va_list arguments;
    if (log == NULL)
        abort();
    va_start(arguments, format);
    vfprintf(log, format, arguments);
    va_end(arguments);
    fclose(log);
}

int open(const char *path, int flags, ...)
{
    int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    const char *fake = getenv("FAKE_SPIDEV");
    if (fake == NULL || strcmp(path, fake) != 0)
        return real(path, flags, 0600);
    note("open %s\n", (flags & O_ACCMODE) == O_RDWR ? "read-write" : "otherwise");
    return device = real("/dev/null", O_RDWR);
}

static int transfer(const struct spi_ioc_transfer *transfers)
{
    uint8_t *bytes = (uint8_t *)(uintptr_t)transfers->rx_buf;
    if (transfers->len > (uint32_t)atoi(getenv("FAKE_BUFSIZ"))) {
        errno = EMSGSIZE;
        return -1;
    }
    note("transfer %u bytes %u Hz %u bits, cs_change %u, transmit %s\n", transfers->len, transfers->speed_hz,
         transfers->bits_per_word, transfers->cs_change, transfers->tx_buf == 0 ? "nothing" : "something");
    for (uint32_t i = 0; i < transfers->len; i++)
        bytes[i] = (uint8_t)(i % 251);
    return (int)transfers->len;
}

int ioctl(int fd, unsigned long request, ...)
{
    int (*real)(int, unsigned long, ...) = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    if (fd != device || fd < 0)
        return real(fd, request, argument);
    if (request == SPI_IOC_MESSAGE(1))
        return transfer(argument);
    if (request == SPI_IOC_WR_MODE32)
        note("mode %u\n", *(uint32_t *)argument);
    else if (request == SPI_IOC_WR_BITS_PER_WORD)
        note("word %u\n", *(uint8_t *)argument);
    else
        note("unknown request %lx\n", request);
    return 0;
}
