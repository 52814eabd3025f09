/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The SDK's `timer` module: Timer.set, repeat, schedule, clear. Callbacks get the timer.
 * A list in order of time; equal times keep the order they were set in.
 */

#include "internal.h"
#include "xsmc.h"

typedef struct Timer Timer;

struct Timer {
    Timer *next;
    uint64_t when;     /* runner_microseconds */
    uint64_t interval; /* of repetitions; 0: once */
    xsSlot *callback;
    xsSlot self;
    bool waiting; /* in the list */
    bool paused;  /* by schedule() without a time: lives on */
    bool firing;
    bool cleared; /* while it fired */
};

static Timer *gTimers = NULL;

static void destroy_timer(void *data);
static void mark_timer(xsMachine *the, void *data, xsMarkRoot markRoot);

static const xsHostHooks gTimerHooks = {destroy_timer, mark_timer, NULL};

static void insert(Timer *timer)
{
    Timer **address = &gTimers;
    while (*address && ((*address)->when <= timer->when))
        address = &(*address)->next;
    timer->next = *address;
    *address = timer;
    timer->waiting = true;
}

static void extract(Timer *timer)
{
    if (!timer->waiting)
        return;
    Timer **address = &gTimers;
    while (*address != timer)
        address = &(*address)->next;
    *address = timer->next;
    timer->waiting = false;
}

/* The machine is being deleted (or the object was never handed out). */
void destroy_timer(void *data)
{
    Timer *timer = data;
    if (timer) {
        extract(timer);
        free(timer);
    }
}

void mark_timer(xsMachine *the, void *data, xsMarkRoot markRoot)
{
    Timer *timer = data;
    if (timer && timer->callback)
        (*markRoot)(the, timer->callback);
}

/* Takes the native part from the script's object, which from now on is a timer that has run out. */
static void release(xsMachine *the, Timer *timer)
{
    extract(timer);
    xsForget(timer->self);
    xsmcSetHostData(timer->self, NULL);
    xsmcSetHostDestructor(timer->self, NULL);
    if (timer->firing)
        timer->cleared = true;
    else
        free(timer);
}

static void fire(xsMachine *the, Timer *timer, uint64_t now)
{
    extract(timer);
    if (timer->interval) {
        timer->when += timer->interval;
        /* Later than a whole interval: keep the phase, let the missed ones go. */
        if (timer->when < now)
            timer->when = now + timer->interval - (now - timer->when) % timer->interval;
        insert(timer);
    }
    timer->firing = true;
    timer->paused = false;
    xsBeginHost(the);
    xsCallFunction1(xsReference(timer->callback), xsGlobal, xsAccess(timer->self));
    timer->firing = false;
    if (timer->cleared)
        free(timer);
    else if (!timer->waiting && !timer->paused)
        release(the, timer);
    xsEndHost(the);
}

uint64_t timers_next(void)
{
    return gTimers ? gTimers->when : UINT64_MAX;
}

size_t timers_count(void)
{
    size_t count = 0;
    for (Timer *timer = gTimers; timer; timer = timer->next)
        count++;
    return count;
}

void timers_run(xsMachine *the)
{
    uint64_t now = runner_microseconds();
    while (gTimers && (gTimers->when <= now) && !loop_ending()) {
        fire(the, gTimers, now);
        jobs_run(the);
    }
}

/* Argument `index` in milliseconds as microseconds; nothing or less than 0 is 0. */
static uint64_t duration(xsMachine *the, int index)
{
    if (xsmcArgc <= index)
        return 0;
    int milliseconds = xsmcToInteger(xsArg(index));
    return (milliseconds > 0) ? (uint64_t)milliseconds * 1000 : 0;
}

static void create(xsMachine *the, uint64_t delay, uint64_t interval)
{
    if ((xsmcArgc < 1) || !xsmcIsCallable(xsArg(0)))
        xsTypeError("timer callback is no function");
    Timer *timer = calloc(1, sizeof(*timer));
    if (!timer)
        xsUnknownError("no memory for a timer");
    xsResult = xsNewHostObject(NULL);
    timer->callback = xsToReference(xsArg(0));
    timer->self = xsResult;
    timer->interval = interval;
    timer->when = runner_microseconds() + delay;
    xsmcSetHostData(xsResult, timer);
    xsSetHostHooks(xsResult, &gTimerHooks);
    xsRemember(timer->self);
    insert(timer);
}

void xs_timer_set(xsMachine *the)
{
    create(the, duration(the, 1), duration(the, 2));
}

void xs_timer_repeat(xsMachine *the)
{
    uint64_t interval = duration(the, 1);
    if (!interval)
        xsRangeError("timer interval is not positive");
    create(the, interval, interval);
}

/* The timer behind argument 0; NULL for one that has run out or was cleared, and for what is no timer. */
static Timer *timer_argument(xsMachine *the)
{
    Timer *timer = (xsmcArgc < 1) ? NULL : fxGetHostDataIf(the, &xsArg(0));
    return (timer && (fxGetHostHooks(the, &xsArg(0)) == &gTimerHooks)) ? timer : NULL;
}

void xs_timer_schedule(xsMachine *the)
{
    Timer *timer = timer_argument(the);
    if (!timer)
        xsTypeError("no timer, or one that has run out");
    uint64_t delay = duration(the, 1), interval = duration(the, 2);
    extract(timer);
    timer->paused = xsmcArgc < 2;
    timer->interval = interval;
    if (!timer->paused) {
        timer->when = runner_microseconds() + delay;
        insert(timer);
    }
}

void xs_timer_clear(xsMachine *the)
{
    Timer *timer = timer_argument(the);
    if (timer)
        release(the, timer);
}
