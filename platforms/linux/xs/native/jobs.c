/* SPDX-License-Identifier: Apache-2.0 */

/* Promise jobs, and the request to end the program. */

#include "internal.h"

static struct {
    bool ending;
    int status;
    volatile sig_atomic_t stopped;
} gJobs;

void runner_exit(xsMachine *the, int status)
{
    (void)the;
    gJobs.ending = true;
    gJobs.status = status;
}

void jobs_stop(void)
{
    gJobs.stopped = 1;
}

bool jobs_ending(void)
{
    return gJobs.ending || gJobs.stopped;
}

int jobs_status(void)
{
    return gJobs.ending ? gJobs.status : 0;
}

void jobs_run(xsMachine *the)
{
    while (the->promiseJobs && !jobs_ending()) {
        the->promiseJobs = 0;
        xsBeginHost(the);
        fxRunPromiseJobs(the);
        xsEndHost(the);
    }
    if (!jobs_ending())
        fxCheckUnhandledRejections(the, 1);
}

/* XS calls this when the first promise job waits. */
void fxQueuePromiseJobs(txMachine *the)
{
    the->promiseJobs = 1;
}
