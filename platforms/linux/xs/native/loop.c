/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The event loop: one ppoll() over every watched descriptor and one eventfd for other threads and signal handlers. Its timeout is the
 * earliest timer; nothing is polled at intervals. In lock-step it has no timeout: the board sends the time.
 */

#include "internal.h"

#include <poll.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

#include "lock-step.h"

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

/* Entries of `polled` that are no watches. */
enum { kWakeEntry, kBoardEntry, kFirstWatch };

static struct {
    RunnerWatch *watches;
    RunnerNotifier *notifiers;
    struct pollfd *polled; /* entry kFirstWatch + i belongs to polled_watches[i] */
    RunnerWatch **polled_watches;
    size_t capacity;
    int wake;
    atomic_bool posted; /* some notifier is */
    pthread_t thread;
    void (*report)(xsMachine *the);
    volatile sig_atomic_t report_wanted;
} gLoop = {.wake = -1};

bool loop_open(void)
{
    gLoop.thread = pthread_self();
    /* The default slack is 50 us: too much for timers of a millisecond. */
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
        gLoop.report_wanted = 1;
    else
        jobs_stop();
    wake();
}

void loop_on_report(void (*report)(xsMachine *the))
{
    gLoop.report = report;
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
    if (atomic_exchange(&notifier->posted, true))
        return;
    atomic_store(&gLoop.posted, true);
    /* The loop itself looks before it waits. */
    if (!pthread_equal(pthread_self(), gLoop.thread))
        wake();
}

void runner_notifier_free(RunnerNotifier *notifier)
{
    if (notifier)
        notifier->dead = true;
}

/* Frees what is dead, between dispatches. True if a watch or a notifier is left. */
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

/* Returns the number of watches; false when out of memory. */
static bool gather(size_t *watches)
{
    *watches = 0;
    for (RunnerWatch *watch = gLoop.watches; watch; watch = watch->next)
        (*watches)++;
    if (!reserve(kFirstWatch + *watches))
        return false;
    gLoop.polled[kWakeEntry] = (struct pollfd){.fd = gLoop.wake, .events = POLLIN};
    gLoop.polled[kBoardEntry] = (struct pollfd){.fd = lock_step_active() ? lock_step_descriptor() : -1, .events = POLLIN};
    size_t i = 0;
    for (RunnerWatch *watch = gLoop.watches; watch; watch = watch->next, i++) {
        short events = 0;
        if (watch->events & kRunnerReadable)
            events |= POLLIN;
        if (watch->events & kRunnerWritable)
            events |= POLLOUT;
        /* poll() always reports hang-ups: a watch that waits for nothing is left out. */
        gLoop.polled[kFirstWatch + i] = (struct pollfd){.fd = watch->events ? watch->fd : -1, .events = events};
        gLoop.polled_watches[i] = watch;
    }
    return true;
}

/* Whether something is to be done before the next wait. */
static bool is_due(void)
{
    return atomic_load(&gLoop.posted) || timers_next() <= runner_microseconds() || (lock_step_active() && lock_step_pending());
}

static void clear_events(size_t watches)
{
    for (size_t i = 0; i < kFirstWatch + watches; i++)
        gLoop.polled[i].revents = 0;
}

static bool wants_to_write(size_t watches)
{
    for (size_t i = 0; i < watches; i++)
        if (gLoop.polled_watches[i]->events & kRunnerWritable)
            return true;
    return false;
}

/* Waits for an event, or looks whether there is one if `due`. `ahead`: time has moved within a grant. Negative: errno. */
static int wait_for_events(size_t watches, bool due, bool ahead)
{
    if (due && lock_step_active() && !(ahead && wants_to_write(watches))) {
        /* Descriptors can wait: time does not pass, or only to the end of a grant. */
        clear_events(watches);
        return 0;
    }
    struct timespec timeout = {0, 0}, *limit = &timeout;
    uint64_t next = timers_next();
    if (!due && (lock_step_active() || (next == UINT64_MAX)))
        limit = NULL;
    else if (!due) {
        uint64_t now = runner_microseconds(), left = (next > now) ? next - now : 0;
        timeout = (struct timespec){.tv_sec = (time_t)(left / 1000000), .tv_nsec = (long)(left % 1000000 * 1000)};
    }
    return ppoll(gLoop.polled, (nfds_t)(kFirstWatch + watches), limit, NULL);
}

/* After a wait in lock-step: the program has the clock again, and the time. */
static void resume_lock_step(int ready)
{
    if (gLoop.polled[kBoardEntry].revents)
        lock_step_receive();
    if (ready > 0)
        lock_step_claim();
}

static void dispatch_notifiers(xsMachine *the)
{
    uint64_t drained;
    if ((gLoop.polled[kWakeEntry].revents & POLLIN) && (read(gLoop.wake, &drained, sizeof(drained)) < 0) && (errno != EAGAIN))
        perror("xs-runner: eventfd");
    if (!atomic_exchange(&gLoop.posted, false))
        return;
    for (RunnerNotifier *notifier = gLoop.notifiers; notifier; notifier = notifier->next) {
        if (notifier->dead || !atomic_exchange(&notifier->posted, false))
            continue;
        (*notifier->callback)(the, notifier->refcon);
        jobs_run(the);
        if (jobs_ending())
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
        /* A watch without kRunnerHangup finds the hang-up with its next read or write. */
        events |= (wanted & kRunnerHangup) ? kRunnerHangup : (kRunnerReadable | kRunnerWritable);
    }
    return events & wanted;
}

static void dispatch_watches(xsMachine *the, size_t watches)
{
    for (size_t i = 0; i < watches; i++) {
        RunnerWatch *watch = gLoop.polled_watches[i];
        short revents = gLoop.polled[kFirstWatch + i].revents;
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
        if (jobs_ending())
            return;
    }
}

/* What is due, in a fixed order: timers, notifiers, descriptors, one event of the board. */
static void dispatch(xsMachine *the, int ready, size_t watches)
{
    if (gLoop.report_wanted && gLoop.report) {
        gLoop.report_wanted = 0;
        (*gLoop.report)(the);
    }
    if (lock_step_active())
        resume_lock_step(ready);
    timers_run(the);
    if (!jobs_ending())
        dispatch_notifiers(the);
    if ((ready > 0) && !jobs_ending())
        dispatch_watches(the, watches);
    if (lock_step_active() && !jobs_ending()) {
        lock_step_dispatch(the);
        jobs_run(the);
    }
}

int loop_run(xsMachine *the)
{
    jobs_run(the);
    while (!jobs_ending()) {
        size_t watches;
        bool alive = sweep() || lock_step_active();
        if (!alive && (timers_next() == UINT64_MAX))
            return -1;
        if (lock_step_active() && lock_step_ended())
            return 0;
        if (!gather(&watches)) {
            fputs("xs-runner: out of memory\n", stderr);
            return kRunnerExitException;
        }
        bool due = is_due(), ahead = !due && lock_step_active() && lock_step_proceed(timers_next());
        due = due || ahead;
        if (lock_step_active() && !due)
            lock_step_idle(timers_next());
        int ready = wait_for_events(watches, due, ahead);
        if (ready < 0) {
            if (errno != EINTR) {
                perror("xs-runner: ppoll");
                return kRunnerExitException;
            }
            clear_events(watches);
        }
        dispatch(the, ready, watches);
    }
    return jobs_status();
}
