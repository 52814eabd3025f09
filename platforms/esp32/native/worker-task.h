/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_WORKER_TASK_H
#define TCAM_WORKER_TASK_H

/* A Worker whose task has another priority than that of worker_new(). */

#include <stdint.h>

#include "worker.h"

/* On core 1, with XS (priority 4) and capture (20); WiFi and lwIP are on core 0. */
typedef struct WorkerTask {
    const char *name;
    uint32_t priority;
    uint32_t stack; /* bytes */
} WorkerTask;

/* As worker_new(). */
Worker *worker_task_new(xsMachine *the, const WorkerTask *task, void (*work)(void *refcon), void (*done)(xsMachine *the, void *refcon), void *refcon);

#endif
