/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_COROUTINE_H
#define TCAM_COROUTINE_H

/*
 * A function with a stack of its own that pauses in its middle: what is a thread on the ESP32, without a second thread.
 * So it runs in one order with everything else. It must not call XS.
 */

#include <stdbool.h>

typedef struct Coroutine Coroutine;

/* NULL when out of memory. */
Coroutine *coroutine_new(void (*body)(void *refcon), void *refcon);

/* Runs `body` until it pauses or returns. Not from inside the coroutine, nor after its end. */
void coroutine_resume(Coroutine *coroutine);

/* Inside the coroutine: returns with the next coroutine_resume(). */
void coroutine_pause(Coroutine *coroutine);

/* True if `body` has returned. */
bool coroutine_ended(const Coroutine *coroutine);

/* Ignores NULL. Before the end of `body`, what its stack holds is lost. */
void coroutine_free(Coroutine *coroutine);

#endif
