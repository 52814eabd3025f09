/* SPDX-License-Identifier: Apache-2.0 */

/* Capture over the virtual board's SPI bus: the channel `spi` of docs/board-link.md, on a thread of its own. */

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
#include "vospi-capture.h"

enum {
    kMaximumPackets = 128,
    /* Longest payload the board sends without being asked. */
    kVsyncBytes = 12,
};

struct VospiCapture {
    VospiReader *reader;
    VospiDeliver deliver;
    void *refcon;
    RunnerNotifier *post;
    int fd;   /* the bus */
    int wake; /* eventfd: the order changed */
    pthread_t thread;
    uint32_t run;           /* XS thread: the latest run */
    _Atomic uint32_t order; /* what the thread is to do: run << 1 | running; kOrderClose ends it */
    VospiMailbox mailbox;
    /* The thread's own. */
    uint32_t current; /* the run being captured */
    bool late;        /* a VSYNC came while the bus was busy; it counts now */
    uint64_t pulse;   /* board microseconds of the latest VSYNC */
    uint8_t packets[kMaximumPackets * kVospiPacketBytes];
};

static const uint32_t kOrderClose = UINT32_MAX;

static uint32_t order_of(VospiCapture *capture)
{
    return atomic_load_explicit(&capture->order, memory_order_acquire);
}

static bool running(VospiCapture *capture)
{
    uint32_t order = order_of(capture);
    return order != kOrderClose && (order & 1) && order >> 1 == capture->current;
}

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

static bool send_message(VospiCapture *capture, char type, const void *payload, size_t length)
{
    return boardSend(capture->fd, (uint8_t)type, payload, length, NULL, 0, kBoardAnswerTimeout) == kBoardOk;
}

/*
 * The next message: a VSYNC is noted and, like every other type, returned; of `D` at most `size` bytes are taken, fewer or more break
 * the link. 0 when the link is lost: the program ends by other means then.
 */
static char receive_message(VospiCapture *capture, uint8_t *bytes, size_t size)
{
    BoardHeader header;
    uint8_t vsync[kVsyncBytes];

    if (boardReceiveHeader(capture->fd, &header, kBoardAnswerTimeout) != kBoardOk)
        return 0;
    if (header.type == 'V') {
        if (header.length != sizeof vsync || boardReceiveBytes(capture->fd, vsync, sizeof vsync, kBoardAnswerTimeout) != kBoardOk)
            return 0;
        capture->pulse = little64(vsync);
        return 'V';
    }
    if (header.type == 'D' && header.length == size && boardReceiveBytes(capture->fd, bytes, size, kBoardAnswerTimeout) == kBoardOk)
        return 'D';
    return header.type == 'K' && header.length == 0 ? 'K' : 0;
}

/* Waits for the answer `type`. A VSYNC that comes first is later than what is being done now: it counts afterwards. */
static bool await_answer(VospiCapture *capture, char type, uint8_t *bytes, size_t size)
{
    for (;;) {
        char received = receive_message(capture, bytes, size);
        if (received != 'V')
            return received == type;
        capture->late = true;
    }
}

static bool transfer(VospiCapture *capture, uint32_t packets)
{
    uint8_t request[5];
    size_t length = packets * kVospiPacketBytes;

    write32(request, (uint32_t)length);
    request[4] = 0;
    return send_message(capture, 'T', request, sizeof request) && await_answer(capture, 'D', capture->packets, length);
}

static bool resync(VospiCapture *capture)
{
    uint8_t request[4];

    write32(request, kVospiResyncMicroseconds);
    if (!send_message(capture, 'I', request, sizeof request) || !await_answer(capture, 'K', NULL, 0))
        return false;
    capture->late = false; /* what came meanwhile is over */
    vospi_reader_resynced(capture->reader);
    return true;
}

static void report(VospiCapture *capture)
{
    uint32_t events = vospi_reader_events(capture->reader);
    if (events && vospi_mailbox_put(&capture->mailbox, capture->current, events))
        runner_notifier_post(capture->post);
}

/* One VSYNC period. False when the link is lost. */
static bool capture_segment(VospiCapture *capture)
{
    VospiStep step = {kVospiMore, kVospiSegmentPackets};

    vospi_reader_vsync(capture->reader, capture->pulse, runner_microseconds() / 1000);
    while (step.next == kVospiMore) {
        if (!transfer(capture, step.packets))
            return false;
        step = vospi_reader_packets(capture->reader, capture->packets, step.packets);
    }
    report(capture);
    return step.next == kVospiResync ? resync(capture) : send_message(capture, 'E', NULL, 0);
}

/*
 * Real milliseconds to wait for a VSYNC: never less than the device's own, however fast its clock goes, because a busy computer
 * is not a silent sensor.
 */
static int vsync_timeout(void)
{
    double speed = runner_speed();
    double milliseconds = kVospiNoVsyncMicroseconds / 1000.0;
    return (int)(speed > 0 && speed < 1 ? milliseconds / speed : milliseconds);
}

static void clear_wake(VospiCapture *capture)
{
    uint64_t count;
    while (read(capture->wake, &count, sizeof count) < 0 && errno == EINTR)
        ;
}

/* Waits for a VSYNC, a new order or the timeout. 'V', 'O', 'T', or 0 when the link is lost. */
static char await_vsync(VospiCapture *capture, int timeout)
{
    struct pollfd polled[] = {{capture->fd, POLLIN, 0}, {capture->wake, POLLIN, 0}};

    if (capture->late) {
        capture->late = false;
        return 'V';
    }
    int count = poll(polled, 2, timeout);
    if (count < 0)
        return errno == EINTR ? 'O' : 0;
    if (count == 0)
        return 'T';
    if (polled[1].revents) {
        clear_wake(capture);
        return 'O';
    }
    return receive_message(capture, NULL, 0) == 'V' ? 'V' : 0;
}

static bool begin_run(VospiCapture *capture, uint32_t run)
{
    capture->current = run;
    capture->late = false;
    return vospi_reader_start(capture->reader).next == kVospiResync && send_message(capture, 'A', NULL, 0) && resync(capture);
}

/* Captures until another order comes. False when the link is lost. */
static bool capture_run(VospiCapture *capture)
{
    while (running(capture)) {
        switch (await_vsync(capture, vsync_timeout())) {
        case 'V':
            if (!capture_segment(capture))
                return false;
            break;
        case 'T':
            vospi_reader_no_vsync(capture->reader);
            report(capture);
            break;
        case 'O':
            break;
        default:
            return false;
        }
    }
    return send_message(capture, 'Z', NULL, 0);
}

static void *capture_thread(void *refcon)
{
    VospiCapture *capture = refcon;

    for (;;) {
        uint32_t order = order_of(capture);
        if (order == kOrderClose)
            return NULL;
        if (order & 1) {
            if (!begin_run(capture, order >> 1) || !capture_run(capture))
                return NULL;
        } else if (!await_vsync(capture, -1)) /* a last VSYNC may still be under way; it is nobody's */
            return NULL;
    }
}

static void deliver(xsMachine *the, void *refcon)
{
    VospiCapture *capture = refcon;
    uint32_t events = vospi_mailbox_take(&capture->mailbox, capture->run);
    if (events)
        capture->deliver(the, capture->refcon, events);
}

static void set_order(VospiCapture *capture, uint32_t order)
{
    uint64_t one = 1;
    atomic_store_explicit(&capture->order, order, memory_order_release);
    while (write(capture->wake, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

static void release(VospiCapture *capture)
{
    runner_notifier_free(capture->post);
    if (capture->wake >= 0)
        close(capture->wake);
    if (capture->fd >= 0)
        close(capture->fd);
    free(capture);
}

VospiCapture *vospi_capture_open(xsMachine *the, const VospiPins *pins, VospiReader *reader, VospiDeliver callback, void *refcon, char *error, size_t size)
{
    char opening[160], answer[kBoardLineMaximum];
    VospiCapture *capture = calloc(1, sizeof(VospiCapture));

    if (!capture) {
        snprintf(error, size, "no memory");
        return NULL;
    }
    capture->reader = reader;
    capture->deliver = callback;
    capture->refcon = refcon;
    capture->wake = -1;
    snprintf(opening, sizeof opening, "{\"open\":\"spi\",\"clock\":%d,\"in\":%d,\"select\":%d,\"vsync\":%d,\"hz\":%d,\"mode\":3}", pins->clock, pins->in,
             pins->select, pins->vsync, pins->hz);
    capture->fd = boardOpen(opening, answer, error, size);
    if (capture->fd < 0) {
        release(capture);
        return NULL;
    }
    capture->wake = eventfd(0, EFD_CLOEXEC);
    capture->post = runner_notifier_new(the, deliver, capture);
    if (capture->wake < 0 || !capture->post || pthread_create(&capture->thread, NULL, capture_thread, capture)) {
        snprintf(error, size, "no thread for capture: %s", strerror(errno));
        release(capture);
        return NULL;
    }
    return capture;
}

void vospi_capture_start(VospiCapture *capture)
{
    /* 23 bits, as many as the mailbox has for it. */
    capture->run = (capture->run + 1) & 0x7fffff;
    set_order(capture, capture->run << 1 | 1);
}

void vospi_capture_stop(VospiCapture *capture)
{
    set_order(capture, capture->run << 1);
}

void vospi_capture_close(VospiCapture *capture)
{
    set_order(capture, kOrderClose);
    /* Ends a wait for the board, too. */
    shutdown(capture->fd, SHUT_RDWR);
    pthread_join(capture->thread, NULL);
    release(capture);
}

void *vospi_capture_allocate(size_t bytes)
{
    return calloc(1, bytes);
}

void *vospi_capture_allocate_atomic(size_t bytes)
{
    return calloc(1, bytes);
}

void vospi_capture_free(void *memory)
{
    free(memory);
}
