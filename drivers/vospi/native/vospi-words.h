/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VOSPI_WORDS_H
#define VOSPI_WORDS_H

#include <stdint.h>

/* For native code that reads packets and frames 32 bits at a time. Xtensa has no unaligned loads and stores. */

/* Four bytes of a packet or a frame, the first in bits 7:0. Their address is a multiple of 4. */
typedef uint32_t __attribute__((may_alias)) VospiWord;
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first byte is in bits 7:0");

/*
 * Hides from the compiler how VARIABLE was computed. Otherwise it replaces a shifted bit field by a mask, whose constant
 * takes two instructions to load, and a base address in a register by an addition for each access.
 */
#define VOSPI_HIDE_ORIGIN(VARIABLE) __asm__("" : "+r"(VARIABLE))

#endif
