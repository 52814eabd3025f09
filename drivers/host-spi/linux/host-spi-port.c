/* SPDX-License-Identifier: Apache-2.0 */

/* Class HostSPI over the virtual board: the channel `host-spi` of docs/board-link.md. A host reads through the board's socket. */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "boardlink.h"
#include "runner.h"
#include "mc.xs.h"
#include "native-class.h"

enum { kAlign = 4, kReportBytes = 4, kMessageBytes = kBoardHeaderBytes + kReportBytes };

typedef struct {
    xsSlot object;
    xsSlot *onTransfer;
    int fd;
    RunnerWatch *watch;
    RunnerNotifier *post; /* tells of a transfer whose end was seen outside the event loop */
    uint32_t capacity;
    uint32_t used;
    bool armed;
    bool ended; /* `clocked` waits to be told */
    bool under_way; /* the board's last word on a disarm: a host is clocking, nothing was taken back */
    uint32_t clocked;
    uint8_t message[kMessageBytes]; /* the beginning of the board's next message */
    size_t received;
    uint8_t buffer[];
} HostSPI;

void xs_host_spi_destructor(void *data);

static void mark(xsMachine *the, void *data, xsMarkRoot markRoot)
{
    HostSPI *spi = data;
    if (spi && spi->onTransfer)
        (*markRoot)(the, spi->onTransfer);
}

static const xsHostHooks kHooks = {xs_host_spi_destructor, mark, NULL};

void xs_host_spi_destructor(void *data)
{
    HostSPI *spi = data;
    if (!spi)
        return;
    runner_unwatch(spi->watch);
    runner_notifier_free(spi->post);
    if (spi->fd >= 0)
        close(spi->fd);
    free(spi);
}

static HostSPI *validate(xsMachine *the)
{
    HostSPI *spi = xsmcGetHostDataValidate(xsThis, (void *)&kHooks);
    if (!spi)
        xsSyntaxError("closed");
    return spi;
}

static HostSPI *validate_free(xsMachine *the)
{
    HostSPI *spi = validate(the);
    if (spi->armed || spi->ended)
        xsUnknownError("armed");
    return spi;
}

static uint32_t little32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static void tell(xsMachine *the, void *refcon)
{
    HostSPI *spi = refcon;
    if (!spi->ended)
        return;
    spi->ended = false;
    native_call_function(the, &spi->object, spi->onTransfer, (int)spi->clocked);
}

/* One message of the board, once it is complete. Its type, 0 while it is not, -1 when it cannot be understood. */
static int take_message(HostSPI *spi)
{
    BoardHeader header;
    size_t length;

    if (spi->received < kBoardHeaderBytes)
        return 0;
    if (boardParseHeader(spi->message, spi->received, &header) != kBoardComplete || header.length > kReportBytes)
        return -1;
    length = kBoardHeaderBytes + header.length;
    if (spi->received < length)
        return 0;
    spi->received = 0;
    if (header.type == 'Z' && header.length == 1) {
        spi->under_way = spi->message[kBoardHeaderBytes] == 0;
        return 'Z';
    }
    if (header.type != 'S' || header.length != kReportBytes)
        return -1;
    spi->clocked = little32(spi->message + kBoardHeaderBytes);
    spi->armed = false;
    spi->ended = true;
    return 'S';
}

/* How many bytes the message under way still needs, as far as is known. */
static size_t missing(const HostSPI *spi)
{
    if (spi->received < kBoardHeaderBytes)
        return kBoardHeaderBytes - spi->received;
    return kBoardHeaderBytes + little32(spi->message) - spi->received;
}

static void on_watch(xsMachine *the, int events, void *refcon)
{
    HostSPI *spi = refcon;
    int type = 0;

    (void)events;
    while (type == 0) {
        ssize_t count = recv(spi->fd, spi->message + spi->received, missing(spi), 0);
        if (count < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        spi->received += count > 0 ? (size_t)count : 0;
        type = count > 0 ? take_message(spi) : -1;
    }
    /* A board that is gone or confused: the firmware ends by its system connection. Nothing more comes from here. */
    if (type < 0) {
        runner_unwatch(spi->watch);
        spi->watch = NULL;
        return;
    }
    tell(the, spi);
}

static int pin(xsMachine *the, xsIdentifier id, const char *name)
{
    return native_integer(the, &xsArg(0), id, name, 0, 255, -1);
}

void xs_host_spi(xsMachine *the)
{
    char opening[128], answer[kBoardLineMaximum], error[160];
    if (xsmcGetHostData(xsThis))
        xsUnknownError("invalid");
    xsIntegerValue clock = pin(the, xsID_clock, "clock");
    xsIntegerValue out = pin(the, xsID_out, "out");
    xsIntegerValue chip = pin(the, xsID_select, "select");
    xsIntegerValue capacity = native_integer(the, &xsArg(0), xsID_capacity, "capacity", kAlign, 1 << 20, -1);
    xsSlot *onTransfer = native_function(the, xsID_onTransfer, "onTransfer");

    HostSPI *spi = calloc(1, sizeof *spi + (size_t)capacity + kAlign);
    if (!spi)
        xsRangeError("no memory");
    spi->fd = -1;
    spi->capacity = (uint32_t)capacity;
    spi->onTransfer = onTransfer;
    /* From here on the destructor frees it, also when opening throws. */
    xsmcSetHostData(xsThis, spi);
    xsSetHostHooks(xsThis, (xsHostHooks *)&kHooks);
    snprintf(opening, sizeof opening, "{\"open\":\"host-spi\",\"clock\":%d,\"out\":%d,\"select\":%d}", (int)clock, (int)out, (int)chip);
    spi->fd = boardOpen(opening, answer, error, sizeof error);
    if (spi->fd < 0)
        xsUnknownError("%s", error);
    spi->watch = runner_watch(the, spi->fd, kRunnerReadable, on_watch, spi);
    spi->post = runner_notifier_new(the, tell, spi);
    if (!spi->watch || !spi->post)
        xsRangeError("no memory");
    spi->object = xsThis;
    xsRemember(spi->object);
}

void xs_host_spi_clear(xsMachine *the)
{
    validate_free(the)->used = 0;
}

void xs_host_spi_append(xsMachine *the)
{
    HostSPI *spi = validate_free(the);
    void *bytes;
    xsUnsignedValue length;

    xsmcGetBufferReadable(xsArg(0), &bytes, &length);
    if (length > spi->capacity - spi->used)
        xsRangeError("beyond the capacity");
    memcpy(spi->buffer + spi->used, bytes, length);
    spi->used += length;
}

void xs_host_spi_arm(xsMachine *the)
{
    HostSPI *spi = validate_free(the);
    uint32_t length = (spi->used + kAlign - 1) / kAlign * kAlign;

    memset(spi->buffer + spi->used, 0, length - spi->used);
    BoardStatus status = boardSend(spi->fd, 'B', spi->buffer, length, NULL, 0, kBoardAnswerTimeout);
    if (status != kBoardOk)
        xsUnknownError("%s", boardStatusText(status));
    spi->armed = true;
}

/* The board answers a disarm; a transfer that ended before the board saw it is told from the event loop. */
void xs_host_spi_disarm(xsMachine *the)
{
    HostSPI *spi = validate(the);
    int type = 0;

    if (spi->armed) {
        BoardStatus status = boardSend(spi->fd, 'Z', NULL, 0, NULL, 0, kBoardAnswerTimeout);
        while (status == kBoardOk && type != 'Z') {
            size_t count = missing(spi);
            status = boardReceiveBytes(spi->fd, spi->message + spi->received, count, kBoardAnswerTimeout);
            spi->received += count;
            type = status == kBoardOk ? take_message(spi) : 0;
            if (type < 0)
                status = kBoardBroken;
        }
        if (status != kBoardOk)
            xsUnknownError("%s", boardStatusText(status));
        /* A transfer that ended in the meantime has been told before the answer. */
        spi->armed = spi->armed && spi->under_way;
    }
    if (spi->ended)
        runner_notifier_post(spi->post);
    xsmcSetBoolean(xsResult, !spi->armed && !spi->ended);
}

void xs_host_spi_close(xsMachine *the)
{
    if (!xsmcGetHostData(xsThis))
        return;
    HostSPI *spi = validate(the);
    xsForget(spi->object);
    xsmcSetHostData(xsThis, NULL);
    xs_host_spi_destructor(spi);
}
