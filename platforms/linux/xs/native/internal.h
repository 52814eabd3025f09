/* SPDX-License-Identifier: Apache-2.0 */
#ifndef XS_HOST_INTERNAL_H
#define XS_HOST_INTERNAL_H

/* What the parts of the host know of each other. Native classes see only platforms/linux/native/host.h. */

#include "xsAll.h"
#include "xs.h"
#include "platforms/linux/native/host.h"

#include <limits.h>
#include <signal.h>

/* loop.c */

/* Creates the wake-up descriptor and the clock; `speed`: device seconds a real second. False when the system refuses. */
bool hostLoopOpen(double speed);
/* Runs until hostExit(), SIGINT, SIGTERM or nothing is left to wait for. Returns the exit status, or -1 for nothing left. */
int hostLoopRun(xsMachine *the);
/* After the machine is gone. */
void hostLoopClose(void);
/* From a signal handler. */
void hostLoopSignal(int signum);
/* Promise jobs until none waits, then the check for rejections that nobody handles. */
void hostRunJobs(xsMachine *the);
bool hostLoopEnding(void);

/* timers.c */

/* Microseconds (hostMicroseconds) of the earliest timer; UINT64_MAX without one. */
uint64_t hostTimersNext(void);
size_t hostTimersCount(void);
/* Runs what was due at the call, each timer followed by its promise jobs. */
void hostTimersRun(xsMachine *the);

/* modules.c */

/* `root`: folder of compiled modules. False, and a line on stderr, when it is no folder. */
bool hostModulesOpen(const char *root);
/* Reads lines `specifier=path below root`. False, and a line on stderr, when the file is missing or bad. */
bool hostModulesMap(const char *path);
void hostModulesClose(void);
size_t hostModulesCount(void);
/* Bytes of byte code loaded: on the device they are in flash, here in the chunk heap. */
size_t hostModulesCode(void);

/* natives.c */

/* Opens a shared library whose C functions native() and Native() also find. False, and a line on stderr, when it cannot. */
bool hostNativesLibrary(const char *path);
/* Defines the globals native, Native and trace. */
void hostInstallGlobals(xsMachine *the);
void hostGlobalsClose(void);

/* config.c */

/* `setting` is name=value; the value is JSON, or else a string. False, and a line on stderr, when it is neither. */
bool hostConfigAdd(const char *setting);
void hostConfigClose(void);

/* report.c */

/* Message and stack of the machine's pending exception, then exit with kHostExitException. */
void hostReportException(xsMachine *the, const char *title) __attribute__((noreturn));

/* The interpreter (engine/run.c) is about to throw. */
void hostThrown(xsMachine *the);

typedef struct {
    double slotsUsed, slotsPeak, slotsReserved, slotBytes;
    double chunkBytes, chunkPeak, chunkReserved;
    double heapBytes;
    double slotsAtStart, chunkBytesAtStart;
    double codeBytes, modules, keys, timers;
    double residentBytes;
} HostHeap;

/* Remembers the heap of the bare engine, before any module. */
void hostHeapStart(xsMachine *the);
void hostHeapRead(xsMachine *the, HostHeap *heap);
/* Collects garbage, then prints one line of JSON on stderr. */
void hostHeapReport(xsMachine *the);
/* Calls `field` for every figure by its name. */
void hostHeapEach(const HostHeap *heap, void (*field)(void *refcon, const char *name, double value), void *refcon);

#endif
