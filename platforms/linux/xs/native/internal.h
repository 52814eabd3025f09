/* SPDX-License-Identifier: Apache-2.0 */
#ifndef XS_RUNNER_INTERNAL_H
#define XS_RUNNER_INTERNAL_H

/* What the parts of the engine runner know of each other. Native classes see only platforms/linux/native/runner.h. */

#include "xsAll.h"
#include "xs.h"
#include "platforms/linux/native/runner.h"

#include <limits.h>
#include <signal.h>

/* clock.c */

void clock_start(void);

/* jobs.c */

/* Runs promise jobs until none waits, then checks for rejections without a handler. */
void jobs_run(xsMachine *the);
/* From a signal handler: the program ends, with status 0. */
void jobs_stop(void);
/* True after jobs_stop() and runner_exit(). */
bool jobs_ending(void);
int jobs_status(void);

/* loop.c */

/* Creates the descriptor that wakes the loop. False when the system refuses. */
bool loop_open(void);
/* Runs until the program ends or nothing is left to wait for. Returns the exit status, or -1 for nothing left. */
int loop_run(xsMachine *the);
/* After the machine is gone. */
void loop_close(void);
/* From a signal handler: ends the program or asks for a report. */
void loop_signal(int signum);
/* Called between two events after SIGUSR1. */
void loop_on_report(void (*report)(xsMachine *the));

/* timers.c */

/* Microseconds (runner_microseconds) of the earliest timer; UINT64_MAX without one. */
uint64_t timers_next(void);
size_t timers_count(void);
/* Runs what was due at the call, each timer followed by its promise jobs. */
void timers_run(xsMachine *the);

/* modules.c */

/* `root`: folder of compiled modules. False, and a line on stderr, when it is no folder. */
bool modules_open(const char *root);
/* Reads lines `specifier=path below root`. False, and a line on stderr, when the file is missing or bad. */
bool modules_map(const char *path);
void modules_close(void);
size_t modules_count(void);
/* Bytes of byte code loaded: on the device they are in flash, here in the chunk heap. */
size_t modules_code(void);

/* natives.c */

/* Opens a shared library whose C functions native() and Native() also find. False, and a line on stderr, when it cannot. */
bool globals_library(const char *path);
/* Defines the globals native, Native and trace. */
void globals_install(xsMachine *the);
void globals_close(void);

/* config.c */

/* `setting` is name=value; the value is JSON, or else a string. False, and a line on stderr, when it is neither. */
bool config_add(const char *setting);
void config_close(void);

/* report.c */

/* Message and stack of the machine's pending exception, then exit with kRunnerExitException. */
void report_exception(xsMachine *the, const char *title) __attribute__((noreturn));

/* The interpreter (engine/run.c) is about to throw. */
void report_thrown(xsMachine *the);

typedef struct {
    double slotsUsed, slotsPeak, slotsReserved, slotBytes;
    double chunkBytes, chunkPeak, chunkReserved;
    double heapBytes;
    double slotsAtStart, chunkBytesAtStart;
    double codeBytes, modules, keys, timers;
    double residentBytes;
} Heap;

/* Remembers the heap of the bare engine, before any module. */
void heap_start(xsMachine *the);
void heap_read(xsMachine *the, Heap *heap);
/* Collects garbage, then prints one line of JSON on stderr. */
void heap_report(xsMachine *the);
/* Calls `field` for every figure by its name. */
void heap_each(const Heap *heap, void (*field)(void *refcon, const char *name, double value), void *refcon);

#endif
