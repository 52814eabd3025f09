/* SPDX-License-Identifier: Apache-2.0 */

#include "worker.h"

#include <stdlib.h>

#include "runner.h"

struct Worker {
    RunnerNotifier *notifier;
    void (*work)(void *refcon);
    void (*done)(xsMachine *the, void *refcon);
    void *refcon;
};

static void run(xsMachine *the, void *refcon)
{
    Worker *worker = refcon;
    worker->work(worker->refcon);
    worker->done(the, worker->refcon);
}

Worker *worker_new(xsMachine *the, void (*work)(void *refcon), void (*done)(xsMachine *the, void *refcon), void *refcon)
{
    Worker *worker = calloc(1, sizeof(Worker));

    if (!worker)
        return NULL;
    *worker = (Worker){.work = work, .done = done, .refcon = refcon, .notifier = runner_notifier_new(the, run, worker)};
    if (worker->notifier)
        return worker;
    free(worker);
    return NULL;
}

void worker_start(Worker *worker)
{
    runner_notifier_post(worker->notifier);
}

void worker_free(Worker *worker)
{
    runner_notifier_free(worker->notifier);
    free(worker);
}
