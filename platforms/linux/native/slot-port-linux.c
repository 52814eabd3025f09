/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The update slot in the virtual board's flash: the channel `flash` of docs/board-link.md. The task is a coroutine; an operation of the
 * flash holds the program until its answer comes.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board-connection.h"
#include "coroutine.h"
#include "quiet-window.h"
#include "runner.h"
#include "slot-port.h"

enum { kSectorBytes = 4096, kWordBytes = 4, kTextBytes = 128 };

struct SlotPort {
    SlotJobs jobs;
    BoardConnection *connection;
    Coroutine *coroutine;
    RunnerNotifier *wake;
    RunnerNotifier *done;
    uint32_t size;
    bool closing;
    bool working;
    char text[kTextBytes]; /* what failed */
};

static void task(void *refcon)
{
    SlotPort *port = refcon;

    while (!port->closing) {
        (*port->jobs.work)(port->jobs.refcon);
        port->working = false;
        if (!port->closing)
            runner_notifier_post(port->done);
        coroutine_pause(port->coroutine);
    }
}

static void on_wake(xsMachine *the, void *refcon)
{
    SlotPort *port = refcon;
    (void)the;
    if (port->working)
        coroutine_resume(port->coroutine);
}

static void on_done(xsMachine *the, void *refcon)
{
    SlotPort *port = refcon;
    (*port->jobs.done)(the, port->jobs.refcon);
}

static bool read_size(SlotPort *port, const char *answer)
{
    BoardValue size;
    return board_find_value(answer, strlen(answer), "size", &size) && board_read_unsigned(size, &port->size) && port->size > 0;
}

SlotPort *slot_port_open(xsMachine *the, const SlotJobs *jobs, char *error, size_t size)
{
    char answer[kBoardLineMaximum];
    SlotPort *port = calloc(1, sizeof *port);

    snprintf(error, size, "no memory");
    if (!port)
        return NULL;
    port->jobs = *jobs;
    port->connection = board_open("{\"open\":\"flash\",\"path\":\"nextota\"}", answer, error, size);
    port->coroutine = coroutine_new(task, port);
    port->wake = runner_notifier_new(the, on_wake, port);
    port->done = runner_notifier_new(the, on_done, port);
    if (port->connection && read_size(port, answer) && port->coroutine && port->wake && port->done)
        return port;
    slot_port_close(port);
    return NULL;
}

uint32_t slot_port_size(const SlotPort *port)
{
    return port->size;
}

/* From the event loop: the caller goes on. */
bool slot_port_start(SlotPort *port)
{
    port->working = true;
    runner_notifier_post(port->wake);
    return true;
}

void slot_port_close(SlotPort *port)
{
    bool begun = port->working;

    port->closing = true;
    quiet_window_notify(NULL);
    if (begun)
        coroutine_resume(port->coroutine);
    runner_notifier_free(port->wake);
    runner_notifier_free(port->done);
    coroutine_free(port->coroutine);
    board_close(port->connection);
    free(port);
}

bool slot_port_await_quiet(SlotPort *port)
{
    while (!port->closing && !quiet_window_is_open(runner_microseconds())) {
        quiet_window_notify(port->wake);
        coroutine_pause(port->coroutine);
    }
    return !port->closing;
}

/* What came while the flash was busy goes first, as capture does on the ESP32 by its priority. */
static void yield(SlotPort *port)
{
    runner_notifier_post(port->wake);
    coroutine_pause(port->coroutine);
}

static const char *failed(SlotPort *port, const char *text, size_t length)
{
    snprintf(port->text, sizeof port->text, "%.*s", (int)length, text);
    return port->text;
}

/* Waits for an answer `expected`, whose payload is then at `payload` until board_drop(). NULL, or what failed. */
static const char *await_answer(SlotPort *port, char expected, BoardHeader *header, const uint8_t **payload)
{
    for (;;) {
        BoardParse parse = board_message(port->connection, header, payload);
        if (parse == kBoardComplete && header->type == (uint8_t)expected)
            return NULL;
        if (parse == kBoardComplete && header->type == 'F') {
            const char *text = failed(port, (const char *)*payload, header->length);
            board_drop(port->connection, kBoardHeaderBytes + header->length);
            return text;
        }
        BoardStatus status = parse == kBoardIncomplete ? board_await(port->connection) : kBoardBroken;
        if (status != kBoardOk)
            return board_status_text(status);
    }
}

static const char *request(SlotPort *port, char type, char answer, const uint32_t words[], size_t count, const void *body, size_t length,
                           BoardHeader *header, const uint8_t **payload)
{
    uint8_t head[2 * kWordBytes];

    for (size_t i = 0; i < count; i++)
        board_write32(head + i * kWordBytes, words[i]);
    BoardStatus status = board_request(port->connection, (uint8_t)type, head, count * kWordBytes, body, length);
    return status == kBoardOk ? await_answer(port, answer, header, payload) : board_status_text(status);
}

const char *slot_port_erase(SlotPort *port, uint32_t offset, uint32_t length)
{
    const uint32_t sectors[] = {offset / kSectorBytes, (offset + length) / kSectorBytes};
    BoardHeader header;
    const uint8_t *payload;
    const char *problem = request(port, 'E', 'A', sectors, 2, NULL, 0, &header, &payload);

    if (!problem)
        board_drop(port->connection, kBoardHeaderBytes + header.length);
    return problem;
}

const char *slot_port_program(SlotPort *port, uint32_t offset, const uint8_t *bytes, uint32_t count)
{
    const uint32_t range[] = {offset, count};
    BoardHeader header;
    const uint8_t *payload;
    const char *problem = request(port, 'W', 'A', range, 1, bytes, count, &header, &payload);

    if (problem)
        return problem;
    board_drop(port->connection, kBoardHeaderBytes + header.length);
    problem = request(port, 'R', 'D', range, 2, NULL, 0, &header, &payload);
    if (problem)
        return problem;
    bool same = header.length == count && memcmp(payload, bytes, count) == 0;
    board_drop(port->connection, kBoardHeaderBytes + header.length);
    yield(port);
    return same ? NULL : "the flash does not hold what was written";
}
