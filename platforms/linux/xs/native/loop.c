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

struct HostWatch {
    HostWatch *next;
    int fd;
    int events;
    HostWatchCallback callback;
    void *refcon;
    bool dead; /* unwatched; freed when no dispatch can still see it */
};

struct HostPost {
    HostPost *next;
    atomic_bool rung;
    HostPostCallback callback;
    void *refcon;
    bool dead;
};

static struct {
    HostWatch *watches;
    HostPost *posts;
    struct pollfd *polled;
    HostWatch **polledWatches;
    size_t capacity;
    int wake;
    struct timespec start;
    double speed;
    bool ending;
    int status;
    volatile sig_atomic_t stop;
    volatile sig_atomic_t report;
} gLoop = {.wake = -1, .speed = 1};

static uint64_t elapsedNanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)((int64_t)(now.tv_sec - gLoop.start.tv_sec) * 1000000000 + (now.tv_nsec - gLoop.start.tv_nsec));
}

uint64_t hostMicroseconds(void)
{
    return (uint64_t)((double)elapsedNanoseconds() * gLoop.speed / 1000.0);
}

double hostSpeed(void)
{
    return gLoop.speed;
}

bool hostLoopOpen(double speed)
{
    clock_gettime(CLOCK_MONOTONIC, &gLoop.start);
    gLoop.speed = speed;
    /* The default slack of 50 us is half a millisecond of device time at ten times real time. */
    prctl(PR_SET_TIMERSLACK, 1000UL);
    gLoop.wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return gLoop.wake >= 0;
}

void hostLoopClose(void)
{
    if (gLoop.wake >= 0)
        close(gLoop.wake);
    gLoop.wake = -1;
    free(gLoop.polled);
    free(gLoop.polledWatches);
    gLoop.polled = NULL;
    gLoop.polledWatches = NULL;
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

void hostLoopSignal(int signum)
{
    if (signum == SIGUSR1)
        gLoop.report = 1;
    else
        gLoop.stop = 1;
    wake();
}

void hostExit(xsMachine *the, int status)
{
    (void)the;
    gLoop.ending = true;
    gLoop.status = status;
}

bool hostLoopEnding(void)
{
    return gLoop.ending || gLoop.stop;
}

/* Watches */

HostWatch *hostWatch(xsMachine *the, int fd, int events, HostWatchCallback callback, void *refcon)
{
    (void)the;
    HostWatch *watch = calloc(1, sizeof(*watch));
    if (!watch)
        return NULL;
    watch->fd = fd;
    watch->events = events;
    watch->callback = callback;
    watch->refcon = refcon;
    HostWatch **address = &gLoop.watches;
    while (*address)
        address = &(*address)->next;
    *address = watch;
    return watch;
}

void hostWatchSetEvents(HostWatch *watch, int events)
{
    watch->events = events;
}

void hostUnwatch(HostWatch *watch)
{
    if (watch)
        watch->dead = true;
}

/* Posts */

HostPost *hostPostNew(xsMachine *the, HostPostCallback callback, void *refcon)
{
    (void)the;
    HostPost *post = calloc(1, sizeof(*post));
    if (!post)
        return NULL;
    atomic_init(&post->rung, false);
    post->callback = callback;
    post->refcon = refcon;
    HostPost **address = &gLoop.posts;
    while (*address)
        address = &(*address)->next;
    *address = post;
    return post;
}

void hostPostRing(HostPost *post)
{
    if (!atomic_exchange(&post->rung, true))
        wake();
}

void hostPostFree(HostPost *post)
{
    if (post)
        post->dead = true;
}

/* Only between dispatches: nothing refers to the dead any more. Tells whether one is left that can still bring an event. */
static bool sweep(void)
{
    HostWatch **watchAddress = &gLoop.watches, *watch;
    while ((watch = *watchAddress)) {
        if (watch->dead) {
            *watchAddress = watch->next;
            free(watch);
        }
        else
            watchAddress = &watch->next;
    }
    HostPost **postAddress = &gLoop.posts, *post;
    while ((post = *postAddress)) {
        if (post->dead) {
            *postAddress = post->next;
            free(post);
        }
        else
            postAddress = &post->next;
    }
    return gLoop.watches || gLoop.posts;
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
    HostWatch **watches = realloc(gLoop.polledWatches, capacity * sizeof(*watches));
    if (!watches)
        return false;
    gLoop.polledWatches = watches;
    gLoop.capacity = capacity;
    return true;
}

/* Entry 0 is the eventfd. Returns the number of entries, 0 when out of memory. */
static size_t gather(void)
{
    size_t count = 1;
    for (HostWatch *watch = gLoop.watches; watch; watch = watch->next)
        count++;
    if (!reserve(count))
        return 0;
    gLoop.polled[0] = (struct pollfd){.fd = gLoop.wake, .events = POLLIN};
    size_t i = 1;
    for (HostWatch *watch = gLoop.watches; watch; watch = watch->next, i++) {
        short events = 0;
        if (watch->events & kHostReadable)
            events |= POLLIN;
        if (watch->events & kHostWritable)
            events |= POLLOUT;
        /* poll() tells hang-ups unasked: a watch that waits for nothing is left out. */
        gLoop.polled[i] = (struct pollfd){.fd = watch->events ? watch->fd : -1, .events = events};
        gLoop.polledWatches[i] = watch;
    }
    return count;
}

static int waitForEvents(size_t count)
{
    struct timespec timeout, *wait = NULL;
    uint64_t next = hostTimersNext();
    if (next != UINT64_MAX) {
        uint64_t now = hostMicroseconds();
        double nanoseconds = (next > now) ? ((double)(next - now) * 1000.0 / gLoop.speed) : 0;
        uint64_t rounded = (uint64_t)ceil(nanoseconds);
        timeout.tv_sec = (time_t)(rounded / 1000000000);
        timeout.tv_nsec = (long)(rounded % 1000000000);
        wait = &timeout;
    }
    return ppoll(gLoop.polled, (nfds_t)count, wait, NULL);
}

static void dispatchPosts(xsMachine *the)
{
    uint64_t drained;
    if ((gLoop.polled[0].revents & POLLIN) && (read(gLoop.wake, &drained, sizeof(drained)) < 0) && (errno != EAGAIN))
        perror("xs-host: eventfd");
    for (HostPost *post = gLoop.posts; post; post = post->next) {
        if (post->dead || !atomic_exchange(&post->rung, false))
            continue;
        (*post->callback)(the, post->refcon);
        hostRunJobs(the);
        if (hostLoopEnding())
            return;
    }
}

static int translate(short revents, int wanted)
{
    int events = 0;
    if (revents & POLLIN)
        events |= kHostReadable;
    if (revents & POLLOUT)
        events |= kHostWritable;
    if (revents & (POLLHUP | POLLERR)) {
        /* Who did not ask for hang-ups learns of them from its next read or write. */
        events |= (wanted & kHostHangup) ? kHostHangup : (kHostReadable | kHostWritable);
    }
    return events & wanted;
}

static void dispatchWatches(xsMachine *the, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        HostWatch *watch = gLoop.polledWatches[i];
        short revents = gLoop.polled[i].revents;
        if (watch->dead || !revents)
            continue;
        if (revents & POLLNVAL) {
            fprintf(stderr, "xs-host: descriptor %d was closed while watched\n", watch->fd);
            watch->dead = true;
            continue;
        }
        int events = translate(revents, watch->events);
        if (!events)
            continue;
        (*watch->callback)(the, events, watch->refcon);
        hostRunJobs(the);
        if (hostLoopEnding())
            return;
    }
}

void hostRunJobs(xsMachine *the)
{
    while (the->promiseJobs && !hostLoopEnding()) {
        the->promiseJobs = 0;
        xsBeginHost(the);
        fxRunPromiseJobs(the);
        xsEndHost(the);
    }
    if (!hostLoopEnding())
        fxCheckUnhandledRejections(the, 1);
}

int hostLoopRun(xsMachine *the)
{
    hostRunJobs(the);
    while (!hostLoopEnding()) {
        bool alive = sweep();
        if (!alive && (hostTimersNext() == UINT64_MAX))
            return -1;
        size_t count = gather();
        if (!count) {
            fputs("xs-host: out of memory\n", stderr);
            return kHostExitException;
        }
        int ready = waitForEvents(count);
        if ((ready < 0) && (errno != EINTR)) {
            perror("xs-host: ppoll");
            return kHostExitException;
        }
        if (gLoop.report) {
            gLoop.report = 0;
            hostHeapReport(the);
        }
        if (!hostLoopEnding())
            hostTimersRun(the);
        if ((ready > 0) && !hostLoopEnding())
            dispatchPosts(the);
        if ((ready > 0) && !hostLoopEnding())
            dispatchWatches(the, count);
    }
    return gLoop.ending ? gLoop.status : 0;
}

/* Machine: XS calls this when the first promise job waits. */

void fxQueuePromiseJobs(txMachine *the)
{
    the->promiseJobs = 1;
}
