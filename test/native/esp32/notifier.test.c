/* SPDX-License-Identifier: Apache-2.0 */

/* platforms/esp32/native/notifier.c. ASan detects an owner that is freed twice or never. */

#include "../harness.h"

#include <string.h>

#include "notifier.h"
#include "esp_heap_caps.h"
#include "fake-chip.h"
#include "fake-timer.h"

typedef struct Owner {
    Notifier notifier;
    uint32_t calls;
    uint32_t events; /* all that were delivered */
    char name;
} Owner;

static char order[16]; /* names of the owners, in order of delivery */
static int released;

static void on_events(xsMachine *the, void *context, uint32_t events)
{
    Owner *owner = context;

    (void)the;
    owner->calls++;
    owner->events |= events;
    strncat(order, &owner->name, 1);
}

static void free_owner(void *owner)
{
    heap_caps_free(owner);
    released++;
}

static Owner *open_owner(char name)
{
    Owner *owner = notifier_allocate(sizeof(Owner));

    notifier_init(&owner->notifier, NULL, owner, on_events);
    owner->notifier.free_owner = free_owner;
    owner->name = name;
    order[0] = 0;
    released = 0;
    fake_queue_length = 10;
    return owner;
}

TEST("notifier: events posted before delivery share one message")
{
    Owner *owner = open_owner('a');

    notifier_post(&owner->notifier, 1);
    notifier_post(&owner->notifier, 4);
    notifier_post(&owner->notifier, 1);
    EXPECT_EQUAL(fake_deliver(), 1);
    EXPECT_EQUAL(owner->calls, 1);
    EXPECT_EQUAL(owner->events, 5);
    notifier_post(&owner->notifier, 2);
    EXPECT_EQUAL(fake_deliver(), 1);
    EXPECT_EQUAL(owner->events, 7);
    notifier_release(&owner->notifier);
    EXPECT_EQUAL(released, 1);
}

TEST("notifier: an event posted to a full queue is delivered without another event")
{
    Owner *owner = open_owner('a');

    fake_queue_length = 0;
    notifier_post(&owner->notifier, 1);
    for (int i = 0; i < 3; i++)
        EXPECT_EQUAL(fake_run_timers(), 1);
    fake_queue_length = 10;
    fake_run_timers();
    EXPECT_EQUAL(fake_deliver(), 1);
    EXPECT_EQUAL(owner->calls, 1);
    EXPECT_EQUAL(owner->events, 1);
    EXPECT_EQUAL(fake_run_timers(), 0);
    notifier_release(&owner->notifier);
    EXPECT_EQUAL(released, 1);
}

static Owner *other;

static void post_other(void)
{
    fake_on_full_queue = NULL;
    notifier_post(&other->notifier, 2);
}

TEST("notifier: an event posted while a message fails to send is delivered with it")
{
    Owner *owner = other = open_owner('a');

    fake_queue_length = 0;
    fake_on_full_queue = post_other;
    notifier_post(&owner->notifier, 1);
    EXPECT(!fake_on_full_queue, "no message failed");
    fake_queue_length = 10;
    fake_run_timers();
    EXPECT_EQUAL(fake_deliver(), 1);
    EXPECT_EQUAL(owner->calls, 1);
    EXPECT_EQUAL(owner->events, 3);
    notifier_release(&owner->notifier);
    EXPECT_EQUAL(released, 1);
}

TEST("notifier: when the queue has room for some, the oldest are delivered first")
{
    Owner *owners[4];

    for (int i = 0; i < 4; i++)
        owners[i] = open_owner((char)('a' + i));
    fake_queue_length = 0;
    for (int i = 0; i < 3; i++)
        notifier_post(&owners[i]->notifier, 1);
    fake_run_timers();
    fake_queue_length = 1;
    fake_run_timers();
    notifier_post(&owners[3]->notifier, 1);
    for (int i = 0; i < 3; i++) {
        fake_deliver();
        fake_run_timers();
    }
    fake_deliver();
    EXPECT(!strcmp(order, "abcd"), "delivered: %s", order);
    for (int i = 0; i < 4; i++)
        notifier_release(&owners[i]->notifier);
    EXPECT_EQUAL(released, 4);
}

TEST("notifier: an owner closed while its message waits for room is freed after it and receives nothing")
{
    Owner *owner = open_owner('a');

    fake_queue_length = 0;
    notifier_post(&owner->notifier, 1);
    owner->notifier.silent = true;
    notifier_release(&owner->notifier);
    EXPECT_EQUAL(released, 0);
    fake_run_timers();
    fake_queue_length = 10;
    fake_run_timers();
    EXPECT_EQUAL(fake_deliver(), 1);
    EXPECT_EQUAL(released, 1);
    EXPECT_EQUAL(order[0], 0);
}
