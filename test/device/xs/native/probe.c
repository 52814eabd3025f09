/* SPDX-License-Identifier: Apache-2.0 */

/* Native functions and classes that only the tests of the engine runner use, loaded with --library. */

#include "platforms/linux/native/runner.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A class in the SDK's form: a counter that says when it is destroyed. */

typedef struct {
    int value;
} Counter;

void xs_probe_counter_destructor(void *data)
{
    if (data) {
        printf("destroyed %d\n", ((Counter *)data)->value);
        fflush(stdout);
        free(data);
    }
}

void xs_probe_counter(xsMachine *the)
{
    Counter *counter = calloc(1, sizeof(*counter));
    counter->value = xsmcToInteger(xsArg(0));
    xsmcSetHostData(xsThis, counter);
}

void xs_probe_counter_add(xsMachine *the)
{
    Counter *counter = xsmcGetHostDataValidate(xsThis, xs_probe_counter_destructor);
    counter->value += xsmcToInteger(xsArg(0));
    xsmcSetInteger(xsResult, counter->value);
}

/* Ends the process through the runner. */
void xs_probe_exit(xsMachine *the)
{
    runner_exit(the, xsmcToInteger(xsArg(0)));
}

/* A thread that counts and rings; the callback gets the count at delivery, and frees the post at the last one. */

typedef struct {
    pthread_t thread;
    RunnerNotifier *post;
    atomic_int count;
    int last;
    xsSlot callback;
} Ringer;

static void *ring(void *refcon)
{
    Ringer *ringer = refcon;
    while (atomic_fetch_add(&ringer->count, 1) + 1 < ringer->last)
        runner_notifier_post(ringer->post);
    runner_notifier_post(ringer->post);
    return NULL;
}

static void onRing(xsMachine *the, void *refcon)
{
    Ringer *ringer = refcon;
    int count = atomic_load(&ringer->count);
    bool done = count == ringer->last;
    xsBeginHost(the);
    xsmcVars(1);
    xsmcSetInteger(xsVar(0), count);
    xsCallFunction1(xsAccess(ringer->callback), xsGlobal, xsVar(0));
    if (done)
        xsForget(ringer->callback);
    xsEndHost(the);
    if (done) {
        pthread_join(ringer->thread, NULL);
        runner_notifier_free(ringer->post);
        free(ringer);
    }
}

/* (callback, number of rings) */
void xs_probe_ring(xsMachine *the)
{
    Ringer *ringer = calloc(1, sizeof(*ringer));
    ringer->callback = xsArg(0);
    xsRemember(ringer->callback);
    ringer->last = xsmcToInteger(xsArg(1));
    atomic_init(&ringer->count, 0);
    ringer->post = runner_notifier_new(the, onRing, ringer);
    pthread_create(&ringer->thread, NULL, ring, ringer);
}

/* A pipe that is read one byte an event; the callback gets the byte, then -1 at the end, when the watch removes itself. */

typedef struct {
    RunnerWatch *watch;
    int fd;
    xsSlot callback;
} Reader;

static void onPipe(xsMachine *the, int events, void *refcon)
{
    Reader *reader = refcon;
    unsigned char byte;
    int value = ((events & kRunnerReadable) && (read(reader->fd, &byte, 1) == 1)) ? byte : -1;
    xsBeginHost(the);
    xsmcVars(1);
    xsmcSetInteger(xsVar(0), value);
    xsCallFunction1(xsAccess(reader->callback), xsGlobal, xsVar(0));
    if (value < 0)
        xsForget(reader->callback);
    xsEndHost(the);
    if (value < 0) {
        runner_unwatch(reader->watch);
        close(reader->fd);
        free(reader);
    }
}

/* (callback, text that is already in the pipe) */
void xs_probe_pipe(xsMachine *the)
{
    int fds[2];
    if (pipe(fds))
        xsUnknownError("no pipe");
    char *text = xsmcToString(xsArg(1));
    size_t length = 0;
    while (text[length])
        length++;
    if (write(fds[1], text, length) != (ssize_t)length)
        xsUnknownError("pipe is full");
    close(fds[1]);
    Reader *reader = calloc(1, sizeof(*reader));
    reader->fd = fds[0];
    reader->callback = xsArg(0);
    xsRemember(reader->callback);
    reader->watch = runner_watch(the, reader->fd, kRunnerReadable | kRunnerHangup, onPipe, reader);
}
