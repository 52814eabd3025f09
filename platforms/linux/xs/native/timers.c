/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Timers of scripts (the SDK's `timer` module: Timer.set, repeat, schedule, clear; callbacks get the timer) and of native code.
 * One list in order of time; equal times keep the order they were set in.
 */

#include "internal.h"
#include "xsmc.h"

typedef struct Alarm Alarm;

struct Alarm {
    Alarm *next;
    uint64_t when; /* runner_microseconds() */
    bool waiting;  /* in the list */
    void (*fire)(xsMachine *the, Alarm *alarm, uint64_t now);
};

/* Of a script. */
typedef struct {
    Alarm alarm;
    uint64_t interval; /* of repetitions; 0: once */
    xsSlot *callback;
    xsSlot self;
    bool paused; /* by schedule() without a time: lives on */
    bool firing;
    bool cleared; /* while it fired */
} Timer;

struct RunnerTimer {
    Alarm alarm;
    RunnerTimerCallback callback;
    void *refcon;
};

static Alarm *gAlarms = NULL;

static void destroy_timer(void *data);
static void mark_timer(xsMachine *the, void *data, xsMarkRoot markRoot);

static const xsHostHooks kTimerHooks = {destroy_timer, mark_timer, NULL};

static void insert(Alarm *alarm)
{
    Alarm **address = &gAlarms;
    while (*address && ((*address)->when <= alarm->when))
        address = &(*address)->next;
    alarm->next = *address;
    *address = alarm;
    alarm->waiting = true;
}

static void extract(Alarm *alarm)
{
    if (!alarm->waiting)
        return;
    Alarm **address = &gAlarms;
    while (*address != alarm)
        address = &(*address)->next;
    *address = alarm->next;
    alarm->waiting = false;
}

/* The machine is being deleted (or the object was never handed out). */
void destroy_timer(void *data)
{
    Timer *timer = data;
    if (timer) {
        extract(&timer->alarm);
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
    extract(&timer->alarm);
    xsForget(timer->self);
    xsmcSetHostData(timer->self, NULL);
    xsmcSetHostDestructor(timer->self, NULL);
    if (timer->firing)
        timer->cleared = true;
    else
        free(timer);
}

static void fire_timer(xsMachine *the, Alarm *alarm, uint64_t now)
{
    Timer *timer = (Timer *)alarm;
    extract(&timer->alarm);
    if (timer->interval) {
        timer->alarm.when += timer->interval;
        /* Later than a whole interval: keep the phase, let the missed ones go. */
        if (timer->alarm.when < now)
            timer->alarm.when = now + timer->interval - (now - timer->alarm.when) % timer->interval;
        insert(&timer->alarm);
    }
    timer->firing = true;
    timer->paused = false;
    xsBeginHost(the);
    xsCallFunction1(xsReference(timer->callback), xsGlobal, xsAccess(timer->self));
    timer->firing = false;
    if (timer->cleared)
        free(timer);
    else if (!timer->alarm.waiting && !timer->paused)
        release(the, timer);
    xsEndHost(the);
}

uint64_t timers_next(void)
{
    return gAlarms ? gAlarms->when : UINT64_MAX;
}

size_t timers_count(void)
{
    size_t count = 0;
    for (Alarm *alarm = gAlarms; alarm; alarm = alarm->next)
        count++;
    return count;
}

void timers_run(xsMachine *the)
{
    uint64_t now = runner_microseconds();
    while (gAlarms && (gAlarms->when <= now) && !jobs_ending()) {
        Alarm *alarm = gAlarms;
        (*alarm->fire)(the, alarm, now);
        jobs_run(the);
    }
}

/* Of native code */

static void fire_runner_timer(xsMachine *the, Alarm *alarm, uint64_t now)
{
    RunnerTimer *timer = (RunnerTimer *)alarm;
    (void)now;
    extract(alarm);
    (*timer->callback)(the, timer->refcon);
}

RunnerTimer *runner_timer_new(xsMachine *the, RunnerTimerCallback callback, void *refcon)
{
    (void)the;
    RunnerTimer *timer = calloc(1, sizeof(*timer));
    if (timer)
        *timer = (RunnerTimer){.alarm = {.fire = fire_runner_timer}, .callback = callback, .refcon = refcon};
    return timer;
}

void runner_timer_set(RunnerTimer *timer, uint64_t at)
{
    extract(&timer->alarm);
    timer->alarm.when = at;
    if (at != UINT64_MAX)
        insert(&timer->alarm);
}

void runner_timer_free(RunnerTimer *timer)
{
    if (timer)
        extract(&timer->alarm);
    free(timer);
}

/* Of scripts */

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
    timer->alarm.fire = fire_timer;
    timer->alarm.when = runner_microseconds() + delay;
    xsmcSetHostData(xsResult, timer);
    xsSetHostHooks(xsResult, &kTimerHooks);
    xsRemember(timer->self);
    insert(&timer->alarm);
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
    return (timer && (fxGetHostHooks(the, &xsArg(0)) == &kTimerHooks)) ? timer : NULL;
}

void xs_timer_schedule(xsMachine *the)
{
    Timer *timer = timer_argument(the);
    if (!timer)
        xsTypeError("no timer, or one that has run out");
    uint64_t delay = duration(the, 1), interval = duration(the, 2);
    extract(&timer->alarm);
    timer->paused = xsmcArgc < 2;
    timer->interval = interval;
    if (!timer->paused) {
        timer->alarm.when = runner_microseconds() + delay;
        insert(&timer->alarm);
    }
}

void xs_timer_clear(xsMachine *the)
{
    Timer *timer = timer_argument(the);
    if (timer)
        release(the, timer);
}
