/* SPDX-License-Identifier: Apache-2.0 */
/* A Linux program of its own for qemu-user: calls measure() and ends with what it returns. call0 ABI, as on the lx106. */
    .text
    .global _start
    .align 4
_start:
    call0   measure
    mov     a6, a2          /* the exit status is the system call's first argument */
    movi    a2, 118         /* exit */
    syscall
