/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The engine's interpreter, compiled so that it keeps track of file and line.
 *
 * XS does that only with mxDebug, which also brings the debugger into the engine and slows it. Here mxDebug is on for the interpreter
 * alone, after the headers, so that the machine's layout is the same everywhere. The calls of the debugger do nothing, except that a throw
 * is reported to report.c.
 */

#include "xsAll.h"

/* report.c: remembers where the running code throws. */
extern void report_thrown(txMachine *the);

#define mxDebug 1
#define fxIsReadable(the) 0
#define fxDebugCommand(the) ((void)0)
#define fxDebugLine(the, file, line) ((void)0)
#define fxDebugLoop(the, path, line, message) ((void)0)
#define fxDebugThrow(the, path, line, message) report_thrown(the)

#include "xsRun.c"
