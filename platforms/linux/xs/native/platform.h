/* SPDX-License-Identifier: Apache-2.0 */
#ifndef XS_RUNNER_PLATFORM_H
#define XS_RUNNER_PLATFORM_H

/*
 * What XS 13.3 asks of the platform it is compiled for; the engine and every native class include it as XSPLATFORM.
 * 64-bit builds have 32-bit identifiers and 32-byte slots; 32-bit builds (variant m32) have the ESP32's
 * 16-bit identifiers and 16-byte slots.
 */

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#undef mxLinux
#define mxLinux 1

#define mxExport extern
#define mxImport extern
#define XS_FUNCTION_NORETURN __attribute__((noreturn))

#if INTPTR_MAX == INT64_MAX
#define mx32bitID 1
#endif

#define mxUseGCCAtomics 1
#define mxUsePOSIXThreads 1

/* The waiter fields belong to the engine's own Atomics.wait. */
#define mxMachinePlatform \
    void *waiterCondition; \
    void *waiterData; \
    void *waiterLink; \
    int promiseJobs;

#define mxUseDefaultMachinePlatform 1
#define mxUseDefaultBuildKeys 1
#define mxUseDefaultChunkAllocation 1
#define mxUseDefaultSlotAllocation 1
#define mxUseDefaultParseScript 1
#define mxUseDefaultSharedChunks 1

/* What the engine itself reports goes to stderr; stdout is for trace(). */
#define c_printf(...) fprintf(stderr, __VA_ARGS__)
#define c_vprintf(format, arguments) vfprintf(stderr, format, arguments)

#endif
