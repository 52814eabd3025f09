/* SPDX-License-Identifier: Apache-2.0 */

/*
 * host.h on GLib's main loop: for the SDK's simulator, mcsim as well as the program that runs the firmware without a display.
 * Everything is a GSource of the XS thread's context, so nothing is polled at intervals.
 */

#include "host.h"

#include <glib-unix.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/time.h>

#include "screen.h"

/* Watches and posts are GSources with more behind them: GLib keeps them alive while one of their callbacks runs. */
struct HostWatch {
    GSource source;
    xsMachine *the;
    int fd;
    int events;
    gpointer tag; /* NULL while it waits for nothing: poll() would tell hang-ups unasked */
    HostWatchCallback callback;
    void *refcon;
};

struct HostPost {
    GSource source;
    xsMachine *the;
    atomic_bool rung;
    HostPostCallback callback;
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
    if (events & kHostReadable)
        condition |= G_IO_IN;
    if (events & kHostWritable)
        condition |= G_IO_OUT;
    return condition;
}

static int happened(const HostWatch *watch)
{
    int events = 0;
    GIOCondition condition = g_source_query_unix_fd((GSource *)&watch->source, watch->tag);
    if (condition & G_IO_IN)
        events |= kHostReadable;
    if (condition & G_IO_OUT)
        events |= kHostWritable;
    /* Who did not ask for hang-ups learns of them from its next read or write. */
    if (condition & (G_IO_HUP | G_IO_ERR))
        events |= (watch->events & kHostHangup) ? kHostHangup : (kHostReadable | kHostWritable);
    return events & watch->events;
}

static gboolean dispatchWatch(GSource *source, GSourceFunc unused, gpointer data)
{
    HostWatch *watch = (HostWatch *)source;
    (void)unused;
    (void)data;
    if (!watch->tag)
        return G_SOURCE_CONTINUE;
    if (g_source_query_unix_fd(source, watch->tag) & G_IO_NVAL) {
        g_printerr("descriptor %d was closed while watched\n", watch->fd);
        hostWatchSetEvents(watch, 0);
        return G_SOURCE_CONTINUE;
    }
    int events = happened(watch);
    if (events)
        (*watch->callback)(watch->the, events, watch->refcon);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs gWatchFunctions = {.dispatch = dispatchWatch};

HostWatch *hostWatch(xsMachine *the, int fd, int events, HostWatchCallback callback, void *refcon)
{
    HostWatch *watch = (HostWatch *)g_source_new(&gWatchFunctions, sizeof(*watch));
    watch->the = the;
    watch->fd = fd;
    watch->callback = callback;
    watch->refcon = refcon;
    hostWatchSetEvents(watch, events);
    attach(&watch->source);
    return watch;
}

void hostWatchSetEvents(HostWatch *watch, int events)
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

void hostUnwatch(HostWatch *watch)
{
    if (watch)
        end(&watch->source);
}

/* Posts */

static gboolean dispatchPost(GSource *source, GSourceFunc unused, gpointer data)
{
    HostPost *post = (HostPost *)source;
    (void)unused;
    (void)data;
    /* In this order: what is rung from here on is delivered by this call or sets the time again. */
    g_source_set_ready_time(source, -1);
    if (atomic_exchange(&post->rung, false))
        (*post->callback)(post->the, post->refcon);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs gPostFunctions = {.dispatch = dispatchPost};

HostPost *hostPostNew(xsMachine *the, HostPostCallback callback, void *refcon)
{
    HostPost *post = (HostPost *)g_source_new(&gPostFunctions, sizeof(*post));
    post->the = the;
    atomic_init(&post->rung, false);
    post->callback = callback;
    post->refcon = refcon;
    attach(&post->source);
    return post;
}

void hostPostRing(HostPost *post)
{
    if (!atomic_exchange(&post->rung, true))
        g_source_set_ready_time(&post->source, 0);
}

void hostPostFree(HostPost *post)
{
    if (post)
        end(&post->source);
}

/* Time: the SDK's `time` module counts from the same epoch on Linux, and nothing scales it. */

uint64_t hostMicroseconds(void)
{
    struct timeval now;
    gettimeofday(&now, NULL);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_usec;
}

double hostSpeed(void)
{
    return 1;
}

/* The simulator ends the machine from its main loop, so the current job ends first. */
void hostExit(xsMachine *the, int status)
{
    txScreen *screen = xsGetContext(the);
    (*screen->abort)(screen, status);
}
