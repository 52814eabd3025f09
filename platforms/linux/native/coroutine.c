/* SPDX-License-Identifier: Apache-2.0 */
#include "coroutine.h"

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <ucontext.h>

/*
 * The first switch is swapcontext()'s. The others are _longjmp()'s, which makes no system call for the signal mask; but with AddressSanitizer,
 * which takes a jump for the end of stack frames.
 */

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#define START_SWITCH(SAVE, BOTTOM, SIZE) __sanitizer_start_switch_fiber(SAVE, BOTTOM, SIZE)
#define FINISH_SWITCH(SAVED, BOTTOM, SIZE) __sanitizer_finish_switch_fiber(SAVED, BOTTOM, SIZE)
#define JUMPS 0
#else
#define START_SWITCH(SAVE, BOTTOM, SIZE) ((void)0)
#define FINISH_SWITCH(SAVED, BOTTOM, SIZE) ((void)0)
#define JUMPS 1
#endif

enum { kStackBytes = 256 * 1024 };

struct Coroutine {
    ucontext_t inside;
    ucontext_t outside;
    void (*body)(void *refcon);
    void *refcon;
    bool begun;
    bool ended;
    jmp_buf jump_inside;
    jmp_buf jump_outside;
#ifdef __SANITIZE_ADDRESS__
    void *inside_save;
    void *outside_save;
    const void *outside_bottom;
    size_t outside_size;
#endif
    _Alignas(16) char stack[kStackBytes];
};

/* makecontext() passes int only. */
static void begin(unsigned high, unsigned low)
{
    Coroutine *coroutine = (Coroutine *)(uintptr_t)((uint64_t)high << 32 | low);
    FINISH_SWITCH(NULL, &coroutine->outside_bottom, &coroutine->outside_size);
    (*coroutine->body)(coroutine->refcon);
    coroutine->ended = true;
    START_SWITCH(NULL, coroutine->outside_bottom, coroutine->outside_size);
    if (JUMPS)
        _longjmp(coroutine->jump_outside, 1);
    setcontext(&coroutine->outside);
}

Coroutine *coroutine_new(void (*body)(void *refcon), void *refcon)
{
    /* Not set to zero: what the stack never uses stays unmapped. */
    Coroutine *coroutine = malloc(sizeof *coroutine);
    if (!coroutine)
        return NULL;
    coroutine->body = body;
    coroutine->refcon = refcon;
    coroutine->begun = coroutine->ended = false;
    getcontext(&coroutine->inside);
    coroutine->inside.uc_stack = (stack_t){.ss_sp = coroutine->stack, .ss_size = sizeof coroutine->stack};
    coroutine->inside.uc_link = NULL;
    uint64_t address = (uintptr_t)coroutine;
    makecontext(&coroutine->inside, (void (*)(void))begin, 2, (unsigned)(address >> 32), (unsigned)address);
#ifdef __SANITIZE_ADDRESS__
    coroutine->inside_save = NULL;
#endif
    return coroutine;
}

static void switch_inside(Coroutine *coroutine)
{
    bool begun = coroutine->begun;
    coroutine->begun = true;
    if (JUMPS && _setjmp(coroutine->jump_outside))
        return;
    if (JUMPS && begun)
        _longjmp(coroutine->jump_inside, 1);
    swapcontext(&coroutine->outside, &coroutine->inside);
}

static void switch_outside(Coroutine *coroutine)
{
    if (!JUMPS)
        swapcontext(&coroutine->inside, &coroutine->outside);
    else if (!_setjmp(coroutine->jump_inside))
        _longjmp(coroutine->jump_outside, 1);
}

void coroutine_resume(Coroutine *coroutine)
{
    START_SWITCH(&coroutine->outside_save, coroutine->stack, sizeof coroutine->stack);
    switch_inside(coroutine);
    FINISH_SWITCH(coroutine->outside_save, NULL, NULL);
}

void coroutine_pause(Coroutine *coroutine)
{
    START_SWITCH(&coroutine->inside_save, coroutine->outside_bottom, coroutine->outside_size);
    switch_outside(coroutine);
    FINISH_SWITCH(coroutine->inside_save, &coroutine->outside_bottom, &coroutine->outside_size);
}

bool coroutine_ended(const Coroutine *coroutine)
{
    return coroutine->ended;
}

void coroutine_free(Coroutine *coroutine)
{
    free(coroutine);
}
