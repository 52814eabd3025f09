/* SPDX-License-Identifier: Apache-2.0 */

/* The video bus of the virtual board: the channel `spi` of docs/board-link.md. When the link is lost the program ends by other means. */

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "boardlink.h"
#include "runner.h"
#include "vospi-bus.h"
#include "vospi-memory.h"

enum {
    kBuffers = 2,
    /* Longest payload the board sends without a request. */
    kVsyncBytes = 12,
};

struct VospiBus {
    VospiCapture *capture;
    RunnerNotifier *notifier;
    int fd;   /* the link */
    int wake; /* eventfd */
    pthread_t thread;
    /* The thread's own. */
    bool late;      /* a VSYNC came while the bus was busy; it counts now */
    bool in_period; /* a VSYNC was seen whose end the board waits for */
    uint64_t pulse; /* board microseconds of the latest VSYNC */
    _Alignas(4) uint8_t buffers[kBuffers][kVospiSegmentBytes];
};

static uint64_t little64(const uint8_t *bytes)
{
    uint64_t value = 0;
    for (int i = 7; i >= 0; i--)
        value = value << 8 | bytes[i];
    return value;
}

static void write32(uint8_t *bytes, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
}

static bool send_message(VospiBus *bus, char type, const void *payload, size_t length)
{
    return boardSend(bus->fd, (uint8_t)type, payload, length, NULL, 0, kBoardAnswerTimeout) == kBoardOk;
}

/* The next message: 'V', with the time in `pulse`, 'K', or 'D', whose payload has to have `size` bytes. 0 when the link is lost. */
static char receive_message(VospiBus *bus, uint8_t *bytes, size_t size)
{
    BoardHeader header;
    uint8_t vsync[kVsyncBytes];

    if (boardReceiveHeader(bus->fd, &header, kBoardAnswerTimeout) != kBoardOk)
        return 0;
    if (header.type == 'V') {
        if (header.length != sizeof vsync || boardReceiveBytes(bus->fd, vsync, sizeof vsync, kBoardAnswerTimeout) != kBoardOk)
            return 0;
        bus->pulse = little64(vsync);
        return 'V';
    }
    if (header.type == 'D' && header.length == size && boardReceiveBytes(bus->fd, bytes, size, kBoardAnswerTimeout) == kBoardOk)
        return 'D';
    return header.type == 'K' && header.length == 0 ? 'K' : 0;
}

/* Waits for the answer `type`. A VSYNC that comes first belongs to the time after it. */
static bool await_answer(VospiBus *bus, char type, uint8_t *bytes, size_t size)
{
    for (;;) {
        char received = receive_message(bus, bytes, size);
        if (received != 'V')
            return received == type;
        bus->late = true;
    }
}

/* The whole transfer takes place in vospi_bus_end_read(); board time does not pass before it. */
bool vospi_bus_begin_read(VospiBus *bus, const VospiPulse *pulse, uint8_t *packets, uint32_t count)
{
    (void)bus, (void)pulse, (void)packets, (void)count;
    return true;
}

bool vospi_bus_end_read(VospiBus *bus, uint8_t *packets, uint32_t count)
{
    uint8_t request[5];
    size_t length = count * kVospiPacketBytes;

    write32(request, (uint32_t)length);
    request[4] = 0;
    return send_message(bus, 'T', request, sizeof request) && await_answer(bus, 'D', packets, length);
}

uint8_t *vospi_bus_buffer(VospiBus *bus, uint32_t index)
{
    return bus->buffers[index];
}

/* The board counts from the request, not from the last transfer. */
bool vospi_bus_idle(VospiBus *bus, uint32_t microseconds)
{
    uint8_t request[4];

    write32(request, microseconds);
    if (!send_message(bus, 'I', request, sizeof request) || !await_answer(bus, 'K', NULL, 0))
        return false;
    bus->in_period = false;
    bus->late = false;
    return true;
}

/* Ends the period: the board's clock continues. */
static bool end_period(VospiBus *bus)
{
    if (!bus->in_period)
        return true;
    bus->in_period = false;
    return send_message(bus, 'E', NULL, 0);
}

/*
 * Real milliseconds to wait for a VSYNC: never less than the device's own, however fast its clock goes, because a busy computer
 * is not a silent sensor.
 */
static int vsync_timeout(uint32_t microseconds)
{
    double speed = runner_speed();
    double milliseconds = microseconds / 1000.0;
    return (int)(speed > 0 && speed < 1 ? milliseconds / speed : milliseconds);
}

static void clear_wake(VospiBus *bus)
{
    uint64_t count;
    while (read(bus->wake, &count, sizeof count) < 0 && errno == EINTR)
        ;
}

static VospiWake await_message(VospiBus *bus, int timeout)
{
    struct pollfd polled[] = {{bus->fd, POLLIN, 0}, {bus->wake, POLLIN, 0}};

    int count = poll(polled, 2, timeout);
    if (count < 0)
        return errno == EINTR ? kVospiWakeRequest : kVospiWakeLost;
    if (count == 0)
        return kVospiWakeTimeout;
    if (polled[1].revents) {
        clear_wake(bus);
        return kVospiWakeRequest;
    }
    return receive_message(bus, NULL, 0) == 'V' ? kVospiWakeVsync : kVospiWakeLost;
}

VospiWake vospi_bus_await_vsync(VospiBus *bus, VospiPulse *pulse, uint32_t microseconds)
{
    if (!end_period(bus))
        return kVospiWakeLost;
    VospiWake wake = bus->late ? kVospiWakeVsync : await_message(bus, vsync_timeout(microseconds));
    bus->late = false;
    if (wake == kVospiWakeVsync) {
        bus->in_period = true;
        *pulse = (VospiPulse){.microseconds = bus->pulse, .captured = runner_microseconds() / 1000};
    }
    return wake;
}

/* Segments are assembled as they come: board time stands still meanwhile. */
bool vospi_bus_vsync_waits(const VospiBus *bus)
{
    (void)bus;
    return false;
}

/* A VSYNC that was under way when the run ended is dropped. */
bool vospi_bus_sleep(VospiBus *bus)
{
    return await_message(bus, -1) != kVospiWakeLost;
}

bool vospi_bus_start(VospiBus *bus)
{
    bus->late = false;
    return send_message(bus, 'A', NULL, 0);
}

bool vospi_bus_stop(VospiBus *bus)
{
    return end_period(bus) && send_message(bus, 'Z', NULL, 0);
}

bool vospi_bus_hold(VospiBus *bus)
{
    return vospi_bus_stop(bus) && vospi_bus_sleep(bus) && vospi_bus_start(bus);
}

void vospi_bus_wake(VospiBus *bus)
{
    uint64_t one = 1;
    while (write(bus->wake, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

void vospi_bus_notify(VospiBus *bus)
{
    runner_notifier_post(bus->notifier);
}

static void on_posted(xsMachine *the, void *refcon)
{
    VospiBus *bus = refcon;
    vospi_capture_deliver(the, bus->capture);
}

static void *capture_thread(void *refcon)
{
    VospiBus *bus = refcon;
    vospi_capture_loop(bus->capture);
    return NULL;
}

static void free_parts(VospiBus *bus)
{
    runner_notifier_free(bus->notifier);
    if (bus->wake >= 0)
        close(bus->wake);
    if (bus->fd >= 0)
        close(bus->fd);
    free(bus);
}

bool vospi_bus_open(xsMachine *the, const VospiPins *pins, VospiCapture *capture, char *error, size_t size)
{
    char opening[160], answer[kBoardLineMaximum];
    VospiBus *bus = calloc(1, sizeof(VospiBus));

    if (!bus) {
        snprintf(error, size, "no memory");
        return false;
    }
    bus->capture = capture;
    capture->bus = bus;
    bus->wake = -1;
    snprintf(opening, sizeof opening, "{\"open\":\"spi\",\"clock\":%d,\"in\":%d,\"select\":%d,\"vsync\":%d,\"hz\":%d,\"mode\":3}", pins->clock, pins->in,
             pins->select, pins->vsync, pins->hz);
    bus->fd = boardOpen(opening, answer, error, size);
    if (bus->fd < 0) {
        free_parts(bus);
        return false;
    }
    bus->wake = eventfd(0, EFD_CLOEXEC);
    bus->notifier = runner_notifier_new(the, on_posted, bus);
    if (bus->wake < 0 || !bus->notifier || pthread_create(&bus->thread, NULL, capture_thread, bus)) {
        snprintf(error, size, "no thread for capture: %s", strerror(errno));
        free_parts(bus);
        return false;
    }
    return true;
}

void vospi_bus_close(VospiBus *bus)
{
    vospi_capture_end(bus->capture);
    /* Ends a wait for the board, too. */
    shutdown(bus->fd, SHUT_RDWR);
    pthread_join(bus->thread, NULL);
    free_parts(bus);
}

void *vospi_allocate(size_t bytes)
{
    return calloc(1, bytes);
}

void *vospi_allocate_atomic(size_t bytes)
{
    return calloc(1, bytes);
}

void vospi_free(void *memory)
{
    free(memory);
}
