/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The event loop: one ppoll() over every watched descriptor and one eventfd that other threads and signal handlers ring.
 * Its timeout is the earliest timer; nothing is polled at intervals.
 */

#include "internal.h"

#include <poll.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

struct RunnerWatch {
    RunnerWatch *next;
    int fd;
    int events;
    RunnerWatchCallback callback;
    void *refcon;
    bool dead; /* unwatched; freed when no dispatch can still see it */
};

struct RunnerNotifier {
    RunnerNotifier *next;
    atomic_bool posted;
    RunnerNotifierCallback callback;
    void *refcon;
    bool dead;
};

static struct {
    RunnerWatch *watches;
    RunnerNotifier *notifiers;
    struct pollfd *polled;
    RunnerWatch **polled_watches;
    size_t capacity;
    int wake;
    struct timespec start;
    double speed;
    bool ending;
    int status;
    volatile sig_atomic_t stop;
    volatile sig_atomic_t report;
} gLoop = {.wake = -1, .speed = 1};

static uint64_t elapsed_nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)((int64_t)(now.tv_sec - gLoop.start.tv_sec) * 1000000000 + (now.tv_nsec - gLoop.start.tv_nsec));
}

uint64_t runner_microseconds(void)
{
    return (uint64_t)((double)elapsed_nanoseconds() * gLoop.speed / 1000.0);
}

double runner_speed(void)
{
    return gLoop.speed;
}

bool loop_open(double speed)
{
    clock_gettime(CLOCK_MONOTONIC, &gLoop.start);
    gLoop.speed = speed;
    /* The default slack of 50 us is half a millisecond of device time at ten times real time. */
    prctl(PR_SET_TIMERSLACK, 1000UL);
    gLoop.wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return gLoop.wake >= 0;
}

void loop_close(void)
{
    if (gLoop.wake >= 0)
        close(gLoop.wake);
    gLoop.wake = -1;
    free(gLoop.polled);
    free(gLoop.polled_watches);
    gLoop.polled = NULL;
    gLoop.polled_watches = NULL;
    gLoop.capacity = 0;
}

static void wake(void)
{
    const uint64_t one = 1;
    int saved = errno;
    /* EAGAIN: the counter is full, so the loop wakes anyway. */
    while ((write(gLoop.wake, &one, sizeof(one)) < 0) && (errno == EINTR))
        ;
    errno = saved;
}

void loop_signal(int signum)
{
    if (signum == SIGUSR1)
        gLoop.report = 1;
    else
        gLoop.stop = 1;
    wake();
}

void runner_exit(xsMachine *the, int status)
{
    (void)the;
    gLoop.ending = true;
    gLoop.status = status;
}

bool loop_ending(void)
{
    return gLoop.ending || gLoop.stop;
}

/* Watches */

RunnerWatch *runner_watch(xsMachine *the, int fd, int events, RunnerWatchCallback callback, void *refcon)
{
    (void)the;
    RunnerWatch *watch = calloc(1, sizeof(*watch));
    if (!watch)
        return NULL;
    watch->fd = fd;
    watch->events = events;
    watch->callback = callback;
    watch->refcon = refcon;
    RunnerWatch **address = &gLoop.watches;
    while (*address)
        address = &(*address)->next;
    *address = watch;
    return watch;
}

void runner_watch_set_events(RunnerWatch *watch, int events)
{
    watch->events = events;
}

void runner_unwatch(RunnerWatch *watch)
{
    if (watch)
        watch->dead = true;
}

/* Notifiers */

RunnerNotifier *runner_notifier_new(xsMachine *the, RunnerNotifierCallback callback, void *refcon)
{
    (void)the;
    RunnerNotifier *notifier = calloc(1, sizeof(*notifier));
    if (!notifier)
        return NULL;
    atomic_init(&notifier->posted, false);
    notifier->callback = callback;
    notifier->refcon = refcon;
    RunnerNotifier **address = &gLoop.notifiers;
    while (*address)
        address = &(*address)->next;
    *address = notifier;
    return notifier;
}

void runner_notifier_post(RunnerNotifier *notifier)
{
    if (!atomic_exchange(&notifier->posted, true))
        wake();
}

void runner_notifier_free(RunnerNotifier *notifier)
{
    if (notifier)
        notifier->dead = true;
}

/* Only between dispatches: nothing refers to the dead any more. Tells whether one is left that can still bring an event. */
static bool sweep(void)
{
    RunnerWatch **watch_address = &gLoop.watches, *watch;
    while ((watch = *watch_address)) {
        if (watch->dead) {
            *watch_address = watch->next;
            free(watch);
        }
        else
            watch_address = &watch->next;
    }
    RunnerNotifier **notifier_address = &gLoop.notifiers, *notifier;
    while ((notifier = *notifier_address)) {
        if (notifier->dead) {
            *notifier_address = notifier->next;
            free(notifier);
        }
        else
            notifier_address = &notifier->next;
    }
    return gLoop.watches || gLoop.notifiers;
}

/* Polling */

static bool reserve(size_t count)
{
    if (count <= gLoop.capacity)
        return true;
    size_t capacity = count + 16;
    struct pollfd *polled = realloc(gLoop.polled, capacity * sizeof(*polled));
    if (!polled)
        return false;
    gLoop.polled = polled;
    RunnerWatch **watches = realloc(gLoop.polled_watches, capacity * sizeof(*watches));
    if (!watches)
        return false;
    gLoop.polled_watches = watches;
    gLoop.capacity = capacity;
    return true;
}

/* Entry 0 is the eventfd. Returns the number of entries, 0 when out of memory. */
static size_t gather(void)
{
    size_t count = 1;
    for (RunnerWatch *watch = gLoop.watches; watch; watch = watch->next)
        count++;
    if (!reserve(count))
        return 0;
    gLoop.polled[0] = (struct pollfd){.fd = gLoop.wake, .events = POLLIN};
    size_t i = 1;
    for (RunnerWatch *watch = gLoop.watches; watch; watch = watch->next, i++) {
        short events = 0;
        if (watch->events & kRunnerReadable)
            events |= POLLIN;
        if (watch->events & kRunnerWritable)
            events |= POLLOUT;
        /* poll() tells hang-ups unasked: a watch that waits for nothing is left out. */
        gLoop.polled[i] = (struct pollfd){.fd = watch->events ? watch->fd : -1, .events = events};
        gLoop.polled_watches[i] = watch;
    }
    return count;
}

static int wait_for_events(size_t count)
{
    struct timespec timeout, *wait = NULL;
    uint64_t next = timers_next();
    if (next != UINT64_MAX) {
        uint64_t now = runner_microseconds();
        double nanoseconds = (next > now) ? ((double)(next - now) * 1000.0 / gLoop.speed) : 0;
        uint64_t rounded = (uint64_t)ceil(nanoseconds);
        timeout.tv_sec = (time_t)(rounded / 1000000000);
        timeout.tv_nsec = (long)(rounded % 1000000000);
        wait = &timeout;
    }
    return ppoll(gLoop.polled, (nfds_t)count, wait, NULL);
}

static void dispatch_notifiers(xsMachine *the)
{
    uint64_t drained;
    if ((gLoop.polled[0].revents & POLLIN) && (read(gLoop.wake, &drained, sizeof(drained)) < 0) && (errno != EAGAIN))
        perror("xs-runner: eventfd");
    for (RunnerNotifier *notifier = gLoop.notifiers; notifier; notifier = notifier->next) {
        if (notifier->dead || !atomic_exchange(&notifier->posted, false))
            continue;
        (*notifier->callback)(the, notifier->refcon);
        jobs_run(the);
        if (loop_ending())
            return;
    }
}

static int translate(short revents, int wanted)
{
    int events = 0;
    if (revents & POLLIN)
        events |= kRunnerReadable;
    if (revents & POLLOUT)
        events |= kRunnerWritable;
    if (revents & (POLLHUP | POLLERR)) {
        /* Who did not ask for hang-ups learns of them from its next read or write. */
        events |= (wanted & kRunnerHangup) ? kRunnerHangup : (kRunnerReadable | kRunnerWritable);
    }
    return events & wanted;
}

static void dispatch_watches(xsMachine *the, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        RunnerWatch *watch = gLoop.polled_watches[i];
        short revents = gLoop.polled[i].revents;
        if (watch->dead || !revents)
            continue;
        if (revents & POLLNVAL) {
            fprintf(stderr, "xs-runner: descriptor %d was closed while watched\n", watch->fd);
            watch->dead = true;
            continue;
        }
        int events = translate(revents, watch->events);
        if (!events)
            continue;
        (*watch->callback)(the, events, watch->refcon);
        jobs_run(the);
        if (loop_ending())
            return;
    }
}

void jobs_run(xsMachine *the)
{
    while (the->promiseJobs && !loop_ending()) {
        the->promiseJobs = 0;
        xsBeginHost(the);
        fxRunPromiseJobs(the);
        xsEndHost(the);
    }
    if (!loop_ending())
        fxCheckUnhandledRejections(the, 1);
}

int loop_run(xsMachine *the)
{
    jobs_run(the);
    while (!loop_ending()) {
        bool alive = sweep();
        if (!alive && (timers_next() == UINT64_MAX))
            return -1;
        size_t count = gather();
        if (!count) {
            fputs("xs-runner: out of memory\n", stderr);
            return kRunnerExitException;
        }
        int ready = wait_for_events(count);
        if ((ready < 0) && (errno != EINTR)) {
            perror("xs-runner: ppoll");
            return kRunnerExitException;
        }
        if (gLoop.report) {
            gLoop.report = 0;
            heap_report(the);
        }
        if (!loop_ending())
            timers_run(the);
        if ((ready > 0) && !loop_ending())
            dispatch_notifiers(the);
        if ((ready > 0) && !loop_ending())
            dispatch_watches(the, count);
    }
    return gLoop.ending ? gLoop.status : 0;
}

/* Machine: XS calls this when the first promise job waits. */

void fxQueuePromiseJobs(txMachine *the)
{
    the->promiseJobs = 1;
}
