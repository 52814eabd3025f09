/* SPDX-License-Identifier: Apache-2.0 */
/*
 * serial-line DEVICE: a serial port (230,400 baud, 8N1, no flow control, raw) as standard input and output.
 * Prints one line "open" when it is set up. Ends when standard input does.
 */
#define _DEFAULT_SOURCE /* cfmakeraw, CRTSCTS */
#include <fcntl.h>
#include <poll.h>
#include <termios.h>

#include "io.h"

enum { BUFFER = 4096 };

static bool configure(int line)
{
    struct termios settings;
    if (tcgetattr(line, &settings) != 0)
        return false;
    cfmakeraw(&settings);
    settings.c_cflag &= ~(tcflag_t)(CSTOPB | CRTSCTS);
    settings.c_cflag |= CLOCAL | CREAD;
    settings.c_cc[VMIN] = 1;
    settings.c_cc[VTIME] = 0;
    if (cfsetispeed(&settings, B230400) != 0 || cfsetospeed(&settings, B230400) != 0)
        return false;
    /* Drops bytes received before: they belong to no message. */
    return tcsetattr(line, TCSAFLUSH, &settings) == 0;
}

static int open_line(const char *path)
{
    int line = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (line < 0) {
        fail(path, strerror(errno));
        return -1;
    }
    if (!configure(line)) {
        fail(path, errno == ENOTTY ? "not a serial port" : strerror(errno));
        close(line);
        return -1;
    }
    return line;
}

/* Bytes for the camera, as fast as the line takes them. */
struct Outgoing {
    char bytes[BUFFER];
    size_t from, to;
};

static bool send(int line, struct Outgoing *outgoing)
{
    ssize_t count = write(line, outgoing->bytes + outgoing->from, outgoing->to - outgoing->from);
    if (count < 0)
        return errno == EAGAIN || errno == EINTR;
    outgoing->from += (size_t)count;
    return true;
}

/* @returns 0 when the port is gone */
static int receive(int line)
{
    char bytes[BUFFER];
    ssize_t count = read(line, bytes, sizeof bytes);
    if (count < 0)
        return errno == EAGAIN || errno == EINTR;
    return count > 0 && write_all(STDOUT_FILENO, bytes, (size_t)count);
}

static int carry(int line, const char *path)
{
    struct Outgoing outgoing = {.from = 0, .to = 0};
    for (;;) {
        bool pending = outgoing.from < outgoing.to;
        struct pollfd ends[2] = {
            {.fd = pending ? -1 : STDIN_FILENO, .events = POLLIN},
            {.fd = line, .events = (short)(pending ? POLLIN | POLLOUT : POLLIN)},
        };
        if (poll(ends, 2, -1) < 0 && errno != EINTR)
            return fail("poll", strerror(errno));
        if (ends[0].revents != 0) {
            ssize_t count = read(STDIN_FILENO, outgoing.bytes, sizeof outgoing.bytes);
            if (count == 0)
                return 0;
            outgoing.from = 0;
            outgoing.to = count > 0 ? (size_t)count : 0;
        }
        if ((ends[1].revents & POLLOUT) != 0 && !send(line, &outgoing))
            return fail(path, strerror(errno));
        if ((ends[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !receive(line))
            return fail(path, "the serial port is gone");
    }
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return fail("serial-line", "one argument: the serial port, such as /dev/serial0");
    int line = open_line(argv[1]);
    if (line < 0)
        return 1;
    if (!write_all(STDOUT_FILENO, "open\n", 5))
        return 1;
    int result = carry(line, argv[1]);
    close(line);
    return result;
}
