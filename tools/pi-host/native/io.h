/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_HOST_IO_H
#define TCAM_HOST_IO_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Prints one line on stderr. @returns 1, the exit status */
static inline int fail(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    return 1;
}

static inline bool write_all(int fd, const void *bytes, size_t length)
{
    const char *from = bytes;
    while (length > 0) {
        ssize_t count = write(fd, from, length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        from += count;
        length -= (size_t)count;
    }
    return true;
}

/* @returns 1 after `length` bytes, 0 if the input ended before the first, -1 on error or if it ended later */
static inline int read_all(int fd, void *bytes, size_t length)
{
    char *to = bytes;
    size_t got = 0;
    while (got < length) {
        ssize_t count = read(fd, to + got, length - got);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return count == 0 && got == 0 ? 0 : -1;
        got += (size_t)count;
    }
    return 1;
}

#endif
