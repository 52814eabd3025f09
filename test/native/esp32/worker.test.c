/* SPDX-License-Identifier: Apache-2.0 */

/* platforms/esp32/native/worker.c. ASan detects a worker that is freed twice or never. */

#include "../harness.h"

#include <string.h>

#include "fake-chip.h"
#include "fake-tasks.h"
#include "worker.h"

static Worker *worker;
static char order[16];
static int jobs_left;
static bool close_when_done;

static void note(char what)
{
    order[strlen(order)] = what;
}

static void work(void *refcon)
{
    (void)refcon;
    note('w');
}

static void done(xsMachine *the, void *refcon)
{
    (void)the, (void)refcon;
    note('d');
    if (jobs_left-- > 0)
        worker_start(worker);
    else if (close_when_done)
        worker_free(worker);
}

static void open_worker(int jobs)
{
    memset(order, 0, sizeof order);
    jobs_left = jobs;
    close_when_done = false;
    fake_queue_length = 10;
    worker = worker_new(NULL, work, done, NULL);
}

static void run_jobs(void)
{
    do
        fake_run_tasks();
    while (fake_deliver());
}

TEST("worker: work runs in a task, done in the XS thread, which may start the next job")
{
    open_worker(2);
    worker_start(worker);
    EXPECT_EQUAL(order[0], 0);
    fake_run_tasks();
    EXPECT(!strcmp(order, "w"), "order: %s", order);
    run_jobs();
    EXPECT(!strcmp(order, "wdwdwd"), "order: %s", order);
    worker_free(worker);
    EXPECT_EQUAL(fake_task_count(), 0);
}

TEST("worker: one that is freed during a job ends its task and is not done")
{
    open_worker(0);
    worker_start(worker);
    fake_run_tasks();
    worker_free(worker);
    fake_deliver();
    EXPECT(!strcmp(order, "w"), "order: %s", order);
    EXPECT_EQUAL(fake_task_count(), 0);
}

TEST("worker: one that is freed before its job began does not leave its task waiting")
{
    open_worker(0);
    worker_start(worker);
    worker_free(worker);
    fake_deliver();
    EXPECT_EQUAL(fake_task_count(), 0);
    EXPECT(!strchr(order, 'd'), "order: %s", order);
}

TEST("worker: one may be freed when its job is done")
{
    open_worker(0);
    close_when_done = true;
    worker_start(worker);
    run_jobs();
    EXPECT(!strcmp(order, "wd"), "order: %s", order);
    EXPECT_EQUAL(fake_task_count(), 0);
}

TEST("worker: without memory nothing is made, and nothing stays allocated")
{
    size_t tasks = fake_task_count();

    fake_no_memory = true;
    worker = worker_new(NULL, work, done, NULL);
    fake_no_memory = false;
    EXPECT(!worker, "a worker without memory");
    EXPECT_EQUAL(fake_task_count(), tasks);
}
