/* SPDX-License-Identifier: Apache-2.0 */

/* The SPI slave of the virtual board: the channel `host-spi` of docs/board-link.md. A host reads through the board's socket. */

#include "host-slave.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "boardlink.h"
#include "runner.h"

enum { kAlign = 4, kReportBytes = 4, kMessageBytes = kBoardHeaderBytes + kReportBytes };

struct HostSlave {
    HostSlaveOptions options;
    int fd;
    RunnerWatch *watch;
    RunnerNotifier *notifier; /* for a transfer whose end was received outside the event loop */
    bool armed;
    bool ended;     /* `clocked` is to be reported */
    bool under_way; /* the board's last answer to a disarm: a host is clocking, nothing was taken back */
    uint32_t clocked;
    uint8_t message[kMessageBytes]; /* the beginning of the board's next message */
    size_t received;
    uint8_t buffer[];
};

void host_slave_close(HostSlave *slave)
{
    runner_unwatch(slave->watch);
    runner_notifier_free(slave->notifier);
    if (slave->fd >= 0)
        close(slave->fd);
    free(slave);
}

static uint32_t little32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static void report(xsMachine *the, void *refcon)
{
    HostSlave *slave = refcon;
    if (!slave->ended)
        return;
    slave->ended = false;
    slave->options.on_transfer(the, slave->options.refcon, slave->clocked);
}

/* Handles a message of the board that is complete. Returns its type, 0 while it is not complete, -1 when it is invalid. */
static int take_message(HostSlave *slave)
{
    BoardHeader header;
    size_t length;

    if (slave->received < kBoardHeaderBytes)
        return 0;
    if (boardParseHeader(slave->message, slave->received, &header) != kBoardComplete || header.length > kReportBytes)
        return -1;
    length = kBoardHeaderBytes + header.length;
    if (slave->received < length)
        return 0;
    slave->received = 0;
    if (header.type == 'Z' && header.length == 1) {
        slave->under_way = slave->message[kBoardHeaderBytes] == 0;
        return 'Z';
    }
    if (header.type != 'S' || header.length != kReportBytes)
        return -1;
    slave->clocked = little32(slave->message + kBoardHeaderBytes);
    slave->armed = false;
    slave->ended = true;
    return 'S';
}

/* Bytes that the message still needs, as far as is known. */
static size_t missing(const HostSlave *slave)
{
    if (slave->received < kBoardHeaderBytes)
        return kBoardHeaderBytes - slave->received;
    return kBoardHeaderBytes + little32(slave->message) - slave->received;
}

static void on_watch(xsMachine *the, int events, void *refcon)
{
    HostSlave *slave = refcon;
    int type = 0;

    (void)events;
    while (type == 0) {
        ssize_t count = recv(slave->fd, slave->message + slave->received, missing(slave), 0);
        if (count < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        slave->received += count > 0 ? (size_t)count : 0;
        type = count > 0 ? take_message(slave) : -1;
    }
    /* When the board is gone or its message is invalid, the firmware ends by its system connection. */
    if (type < 0) {
        runner_unwatch(slave->watch);
        slave->watch = NULL;
        return;
    }
    report(the, slave);
}

HostSlave *host_slave_open(xsMachine *the, const HostSlaveOptions *options, char error[kHostSlaveError])
{
    char opening[128], answer[kBoardLineMaximum];
    HostSlave *slave = calloc(1, sizeof *slave + options->capacity + kAlign);

    if (!slave) {
        snprintf(error, kHostSlaveError, "no memory for an image of %u bytes", (unsigned)options->capacity);
        return NULL;
    }
    slave->options = *options;
    snprintf(opening, sizeof opening, "{\"open\":\"host-spi\",\"clock\":%d,\"out\":%d,\"select\":%d}", options->clock, options->out, options->select);
    slave->fd = boardOpen(opening, answer, error, kHostSlaveError);
    if (slave->fd < 0) {
        host_slave_close(slave);
        return NULL;
    }
    slave->watch = runner_watch(the, slave->fd, kRunnerReadable, on_watch, slave);
    slave->notifier = runner_notifier_new(the, report, slave);
    if (!slave->watch || !slave->notifier) {
        snprintf(error, kHostSlaveError, "no memory");
        host_slave_close(slave);
        return NULL;
    }
    return slave;
}

uint8_t *host_slave_buffer(HostSlave *slave)
{
    return slave->buffer;
}

bool host_slave_armed(const HostSlave *slave)
{
    return slave->armed || slave->ended;
}

bool host_slave_arm(HostSlave *slave, uint32_t length, char error[kHostSlaveError])
{
    BoardStatus status = boardSend(slave->fd, 'B', slave->buffer, length, NULL, 0, kBoardAnswerTimeout);

    slave->armed = status == kBoardOk;
    if (!slave->armed)
        snprintf(error, kHostSlaveError, "%s", boardStatusText(status));
    return slave->armed;
}

/* The board answers each disarm. A transfer that ended before is reported from the event loop. */
bool host_slave_disarm(HostSlave *slave, char error[kHostSlaveError])
{
    int type = slave->armed ? 0 : 'Z';
    BoardStatus status = slave->armed ? boardSend(slave->fd, 'Z', NULL, 0, NULL, 0, kBoardAnswerTimeout) : kBoardOk;

    while (status == kBoardOk && type != 'Z') {
        size_t count = missing(slave);
        status = boardReceiveBytes(slave->fd, slave->message + slave->received, count, kBoardAnswerTimeout);
        slave->received += count;
        type = status == kBoardOk ? take_message(slave) : 0;
        if (type < 0)
            status = kBoardBroken;
    }
    if (status != kBoardOk) {
        snprintf(error, kHostSlaveError, "%s", boardStatusText(status));
        return false;
    }
    slave->armed = slave->armed && slave->under_way;
    if (slave->ended)
        runner_notifier_post(slave->notifier);
    return true;
}
