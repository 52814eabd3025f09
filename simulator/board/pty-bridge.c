/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pseudo-terminal for the virtual board: prints its path as one line on stdout, then copies bytes
 * from stdin to the terminal and from the terminal to stdout, until stdin ends.
 *
 * A host that does not read loses bytes, as on a serial line without flow control: after kLossMilliseconds with a full
 * buffer, the waiting bytes are dropped.
 */
#define _GNU_SOURCE /* cfmakeraw */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { kBufferBytes = 4096, kLossMilliseconds = 1000 };

static int fail(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    return 1;
}

/* Writes all bytes. @returns 0, or -1 on error */
static int write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t done = write(fd, bytes, length);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -1;
        bytes += done;
        length -= (size_t)done;
    }
    return 0;
}

/* Writes bytes for the host; drops the bytes that it does not take within kLossMilliseconds. @returns -1 on error */
static int write_terminal(int terminal, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t done = write(terminal, bytes, length);
        if (done > 0) {
            bytes += done;
            length -= (size_t)done;
            continue;
        }
        if (done < 0 && errno != EAGAIN && errno != EINTR)
            return -1;
        struct pollfd wait = {.fd = terminal, .events = POLLOUT};
        if (poll(&wait, 1, kLossMilliseconds) == 0)
            return 0;
    }
    return 0;
}

static int open_terminal(int *terminal, int *host)
{
    struct termios settings;
    *terminal = posix_openpt(O_RDWR | O_NOCTTY);
    if (*terminal < 0 || grantpt(*terminal) != 0 || unlockpt(*terminal) != 0)
        return fail("no pseudo-terminal");
    const char *path = ptsname(*terminal);
    /* Kept open: without a host on the other end, reading the terminal would fail. */
    *host = path == NULL ? -1 : open(path, O_RDWR | O_NOCTTY);
    if (*host < 0 || tcgetattr(*host, &settings) != 0)
        return fail("pseudo-terminal cannot be opened");
    cfmakeraw(&settings);
    if (tcsetattr(*host, TCSANOW, &settings) != 0)
        return fail("pseudo-terminal cannot be set");
    if (fcntl(*terminal, F_SETFL, O_NONBLOCK) != 0)
        return fail("pseudo-terminal");
    printf("%s\n", path);
    return fflush(stdout) == 0 ? 0 : fail("stdout");
}

int main(void)
{
    static char buffer[kBufferBytes];
    int terminal = -1;
    int host = -1;
    if (open_terminal(&terminal, &host) != 0)
        return 1;
    struct pollfd ends[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = terminal, .events = POLLIN}};
    for (;;) {
        if (poll(ends, 2, -1) < 0 && errno != EINTR)
            return fail("poll");
        if (ends[0].revents != 0) {
            ssize_t count = read(STDIN_FILENO, buffer, sizeof buffer);
            if (count == 0 || (count < 0 && errno != EINTR))
                break; /* the board is gone */
            if (count > 0 && write_terminal(terminal, buffer, (size_t)count) != 0)
                return fail("pseudo-terminal");
        }
        if (ends[1].revents != 0) {
            ssize_t count = read(terminal, buffer, sizeof buffer);
            if (count > 0 && write_all(STDOUT_FILENO, buffer, (size_t)count) != 0)
                break;
            if (count < 0 && errno != EAGAIN && errno != EINTR)
                return fail("pseudo-terminal");
        }
    }
    close(host);
    close(terminal);
    return 0;
}
