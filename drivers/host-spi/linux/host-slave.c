/* SPDX-License-Identifier: Apache-2.0 */

/* The SPI slave of the virtual board: the channel `host-spi` of docs/board-link.md. A host reads through the board's socket. */

#include "host-slave.h"

#include <stdio.h>
#include <stdlib.h>

#include "board-connection.h"
#include "runner.h"

enum { kAlign = 4, kReportBytes = 4 };

struct HostSlave {
    HostSlaveOptions options;
    BoardConnection *connection;
    RunnerNotifier *notifier; /* for a transfer whose end was received outside the event loop */
    bool armed;
    bool ended;     /* `clocked` is to be reported */
    bool under_way; /* the board's last answer to a disarm: a host is clocking, nothing was taken back */
    uint32_t clocked;
    uint8_t buffer[];
};

void host_slave_close(HostSlave *slave)
{
    runner_notifier_free(slave->notifier);
    board_close(slave->connection);
    free(slave);
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
    const uint8_t *payload;
    BoardParse parse = board_message(slave->connection, &header, &payload);

    if (parse != kBoardComplete)
        return parse == kBoardInvalid ? -1 : 0;
    if (header.type == 'Z' && header.length == 1)
        slave->under_way = payload[0] == 0;
    else if (header.type == 'S' && header.length == kReportBytes) {
        slave->clocked = board_read32(payload);
        slave->armed = false;
        slave->ended = true;
    } else
        return -1;
    board_drop(slave->connection, kBoardHeaderBytes + header.length);
    return header.type;
}

static void on_watch(xsMachine *the, int events, void *refcon)
{
    HostSlave *slave = refcon;
    int type = board_receive(slave->connection) == kBoardOk ? 'S' : -1;

    (void)events;
    while (type > 0)
        type = take_message(slave);
    /* When the board is gone or its message is invalid, the firmware ends by its system connection. */
    if (type < 0)
        board_watch(the, slave->connection, 0, on_watch, slave);
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
    slave->connection = board_open(opening, answer, error, kHostSlaveError);
    if (!slave->connection) {
        host_slave_close(slave);
        return NULL;
    }
    slave->notifier = runner_notifier_new(the, report, slave);
    if (!slave->notifier || !board_watch(the, slave->connection, kRunnerReadable, on_watch, slave)) {
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
    BoardStatus status = board_send(slave->connection, 'B', slave->buffer, length, NULL, 0);

    slave->armed = status == kBoardOk;
    if (!slave->armed)
        snprintf(error, kHostSlaveError, "%s", board_status_text(status));
    return slave->armed;
}

/* The board answers each disarm. A transfer that ended before is reported from the event loop. */
bool host_slave_disarm(HostSlave *slave, char error[kHostSlaveError])
{
    int type = slave->armed ? 0 : 'Z';
    BoardStatus status = slave->armed ? board_request(slave->connection, 'Z', NULL, 0, NULL, 0) : kBoardOk;

    while (status == kBoardOk && type != 'Z') {
        type = take_message(slave);
        if (type < 0)
            status = kBoardBroken;
        else if (type == 0)
            status = board_await(slave->connection);
    }
    if (status != kBoardOk) {
        snprintf(error, kHostSlaveError, "%s", board_status_text(status));
        return false;
    }
    slave->armed = slave->armed && slave->under_way;
    if (slave->ended)
        runner_notifier_post(slave->notifier);
    return true;
}
