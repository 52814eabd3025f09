/* SPDX-License-Identifier: Apache-2.0 */

/*
 * runner.h on GLib's main loop: for the SDK's simulator, mcsim and the program that runs the firmware without a display.
 * Everything is a GSource of the XS thread's context, so nothing is polled at intervals.
 */

#include "runner.h"

#include <glib-unix.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/time.h>

#include "screen.h"

/* Watches and notifiers are GSources with more behind them: GLib keeps them alive while one of their callbacks runs. */
struct RunnerWatch {
    GSource source;
    xsMachine *the;
    int fd;
    int events;
    gpointer tag; /* NULL while it waits for nothing: poll() always reports hang-ups */
    RunnerWatchCallback callback;
    void *refcon;
};

struct RunnerNotifier {
    GSource source;
    xsMachine *the;
    atomic_bool posted;
    RunnerNotifierCallback callback;
    void *refcon;
};

static void attach(GSource *source)
{
    g_source_set_priority(source, G_PRIORITY_DEFAULT);
    g_source_attach(source, g_main_context_get_thread_default());
}

static void end(GSource *source)
{
    g_source_destroy(source);
    g_source_unref(source);
}

/* Watches */

static GIOCondition conditions(int events)
{
    GIOCondition condition = 0;
    if (events & kRunnerReadable)
        condition |= G_IO_IN;
    if (events & kRunnerWritable)
        condition |= G_IO_OUT;
    return condition;
}

static int happened(const RunnerWatch *watch)
{
    int events = 0;
    GIOCondition condition = g_source_query_unix_fd((GSource *)&watch->source, watch->tag);
    if (condition & G_IO_IN)
        events |= kRunnerReadable;
    if (condition & G_IO_OUT)
        events |= kRunnerWritable;
    /* A watch without kRunnerHangup finds the hang-up with its next read or write. */
    if (condition & (G_IO_HUP | G_IO_ERR))
        events |= (watch->events & kRunnerHangup) ? kRunnerHangup : (kRunnerReadable | kRunnerWritable);
    return events & watch->events;
}

static gboolean dispatch_watch(GSource *source, GSourceFunc unused, gpointer data)
{
    RunnerWatch *watch = (RunnerWatch *)source;
    (void)unused;
    (void)data;
    if (!watch->tag)
        return G_SOURCE_CONTINUE;
    if (g_source_query_unix_fd(source, watch->tag) & G_IO_NVAL) {
        g_printerr("descriptor %d was closed while watched\n", watch->fd);
        runner_watch_set_events(watch, 0);
        return G_SOURCE_CONTINUE;
    }
    int events = happened(watch);
    if (events)
        (*watch->callback)(watch->the, events, watch->refcon);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs gWatchFunctions = {.dispatch = dispatch_watch};

RunnerWatch *runner_watch(xsMachine *the, int fd, int events, RunnerWatchCallback callback, void *refcon)
{
    RunnerWatch *watch = (RunnerWatch *)g_source_new(&gWatchFunctions, sizeof(*watch));
    watch->the = the;
    watch->fd = fd;
    watch->callback = callback;
    watch->refcon = refcon;
    runner_watch_set_events(watch, events);
    attach(&watch->source);
    return watch;
}

void runner_watch_set_events(RunnerWatch *watch, int events)
{
    watch->events = events;
    if (watch->tag && events)
        g_source_modify_unix_fd(&watch->source, watch->tag, conditions(events));
    else if (watch->tag) {
        g_source_remove_unix_fd(&watch->source, watch->tag);
        watch->tag = NULL;
    }
    else if (events)
        watch->tag = g_source_add_unix_fd(&watch->source, watch->fd, conditions(events));
}

void runner_unwatch(RunnerWatch *watch)
{
    if (watch)
        end(&watch->source);
}

/* Notifiers */

static gboolean dispatch_notifier(GSource *source, GSourceFunc unused, gpointer data)
{
    RunnerNotifier *notifier = (RunnerNotifier *)source;
    (void)unused;
    (void)data;
    /* In this order: a later post is delivered by this call or sets the time again. */
    g_source_set_ready_time(source, -1);
    if (atomic_exchange(&notifier->posted, false))
        (*notifier->callback)(notifier->the, notifier->refcon);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs gNotifierFunctions = {.dispatch = dispatch_notifier};

RunnerNotifier *runner_notifier_new(xsMachine *the, RunnerNotifierCallback callback, void *refcon)
{
    RunnerNotifier *notifier = (RunnerNotifier *)g_source_new(&gNotifierFunctions, sizeof(*notifier));
    notifier->the = the;
    atomic_init(&notifier->posted, false);
    notifier->callback = callback;
    notifier->refcon = refcon;
    attach(&notifier->source);
    return notifier;
}

void runner_notifier_post(RunnerNotifier *notifier)
{
    if (!atomic_exchange(&notifier->posted, true))
        g_source_set_ready_time(&notifier->source, 0);
}

void runner_notifier_free(RunnerNotifier *notifier)
{
    if (notifier)
        end(&notifier->source);
}

/* Timers */

struct RunnerTimer {
    GSource source;
    xsMachine *the;
    RunnerTimerCallback callback;
    void *refcon;
};

static gboolean dispatch_timer(GSource *source, GSourceFunc unused, gpointer data)
{
    RunnerTimer *timer = (RunnerTimer *)source;
    (void)unused;
    (void)data;
    g_source_set_ready_time(source, -1);
    (*timer->callback)(timer->the, timer->refcon);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs gTimerFunctions = {.dispatch = dispatch_timer};

RunnerTimer *runner_timer_new(xsMachine *the, RunnerTimerCallback callback, void *refcon)
{
    RunnerTimer *timer = (RunnerTimer *)g_source_new(&gTimerFunctions, sizeof(*timer));
    timer->the = the;
    timer->callback = callback;
    timer->refcon = refcon;
    attach(&timer->source);
    return timer;
}

void runner_timer_set(RunnerTimer *timer, uint64_t at)
{
    uint64_t now = runner_microseconds();
    /* GLib's clock has another base. */
    gint64 ready = g_get_monotonic_time() + (at > now ? (gint64)(at - now) : 0);
    g_source_set_ready_time(&timer->source, at == UINT64_MAX ? -1 : ready);
}

void runner_timer_free(RunnerTimer *timer)
{
    if (timer)
        end(&timer->source);
}

/* Time: the SDK's `time` module counts from the same epoch on Linux. */

uint64_t runner_microseconds(void)
{
    struct timeval now;
    gettimeofday(&now, NULL);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_usec;
}

/* The simulator ends the machine from its main loop, so the current job ends first. */
void runner_exit(xsMachine *the, int status)
{
    txScreen *screen = xsGetContext(the);
    (*screen->abort)(screen, status);
}
