/* SPDX-License-Identifier: Apache-2.0 */

/* How other tasks and interrupts reach the XS task (platforms/esp32/native/doorbell.c). ASan sees an owner freed twice or not at all. */

#include "../harness.h"

#include <string.h>

#include "doorbell.h"
#include "esp_heap_caps.h"
#include "fake-chip.h"
#include "fake-timer.h"

typedef struct Owner {
    Doorbell bell;
    uint32_t answers;
    uint32_t events; /* all that were answered */
    char name;
} Owner;

static char order[16]; /* names of those that were answered */
static int released;

static void answer(xsMachine *the, Doorbell *bell, uint32_t events)
{
    Owner *owner = (Owner *)bell;

    (void)the;
    owner->answers++;
    owner->events |= events;
    strncat(order, &owner->name, 1);
}

static void release(Doorbell *bell)
{
    heap_caps_free(bell);
    released++;
}

static Owner *open_owner(char name)
{
    Owner *owner = doorbell_allocate(sizeof(Owner));

    owner->bell.answer = answer;
    owner->bell.release = release;
    owner->name = name;
    order[0] = 0;
    released = 0;
    fake_queue_length = 10;
    return owner;
}

TEST("doorbell: events that come before they are answered share one message")
{
    Owner *owner = open_owner('a');

    doorbell_ring(&owner->bell, 1);
    doorbell_ring(&owner->bell, 4);
    doorbell_ring(&owner->bell, 1);
    EXPECT_EQUAL(fake_deliver(), 1);
    EXPECT_EQUAL(owner->answers, 1);
    EXPECT_EQUAL(owner->events, 5);
    doorbell_ring(&owner->bell, 2);
    EXPECT_EQUAL(fake_deliver(), 1);
    EXPECT_EQUAL(owner->events, 7);
    doorbell_release(&owner->bell);
    EXPECT_EQUAL(released, 1);
}

TEST("doorbell: an event that finds XS's queue full is answered, without another event")
{
    Owner *owner = open_owner('a');

    fake_queue_length = 0;
    doorbell_ring(&owner->bell, 1);
    for (int i = 0; i < 3; i++)
        EXPECT_EQUAL(fake_run_timers(), 1);
    fake_queue_length = 10;
    fake_run_timers();
    EXPECT_EQUAL(fake_deliver(), 1);
    EXPECT_EQUAL(owner->answers, 1);
    EXPECT_EQUAL(owner->events, 1);
    EXPECT_EQUAL(fake_run_timers(), 0);
    doorbell_release(&owner->bell);
    EXPECT_EQUAL(released, 1);
}

static Owner *other;

static void ring_other(void)
{
    fake_on_full_queue = NULL;
    doorbell_ring(&other->bell, 2);
}

TEST("doorbell: an event that comes while a message fails to be sent is answered with it")
{
    Owner *owner = other = open_owner('a');

    fake_queue_length = 0;
    fake_on_full_queue = ring_other;
    doorbell_ring(&owner->bell, 1);
    EXPECT(!fake_on_full_queue, "no message failed");
    fake_queue_length = 10;
    fake_run_timers();
    EXPECT_EQUAL(fake_deliver(), 1);
    EXPECT_EQUAL(owner->answers, 1);
    EXPECT_EQUAL(owner->events, 3);
    doorbell_release(&owner->bell);
    EXPECT_EQUAL(released, 1);
}

TEST("doorbell: where the queue has room for some, those that waited longest are answered first")
{
    Owner *owners[4];

    for (int i = 0; i < 4; i++)
        owners[i] = open_owner((char)('a' + i));
    fake_queue_length = 0;
    for (int i = 0; i < 3; i++)
        doorbell_ring(&owners[i]->bell, 1);
    fake_run_timers();
    fake_queue_length = 1;
    fake_run_timers();
    doorbell_ring(&owners[3]->bell, 1);
    for (int i = 0; i < 3; i++) {
        fake_deliver();
        fake_run_timers();
    }
    fake_deliver();
    EXPECT(!strcmp(order, "abcd"), "answered: %s", order);
    for (int i = 0; i < 4; i++)
        doorbell_release(&owners[i]->bell);
    EXPECT_EQUAL(released, 4);
}

TEST("doorbell: an owner that ends while its message waits for room is freed after it, and answers nothing")
{
    Owner *owner = open_owner('a');

    fake_queue_length = 0;
    doorbell_ring(&owner->bell, 1);
    owner->bell.silent = true;
    doorbell_release(&owner->bell);
    EXPECT_EQUAL(released, 0);
    fake_run_timers();
    fake_queue_length = 10;
    fake_run_timers();
    EXPECT_EQUAL(fake_deliver(), 1);
    EXPECT_EQUAL(released, 1);
    EXPECT_EQUAL(order[0], 0);
}
