/* SPDX-License-Identifier: Apache-2.0 */

/* What the compiler calls and lx106 lacks. The ESP32 divides in one instruction, so counts are a little too high. */

#include <stdint.h>

uint32_t __udivsi3(uint32_t dividend, uint32_t divisor);
uint32_t __umodsi3(uint32_t dividend, uint32_t divisor);
int32_t __divsi3(int32_t dividend, int32_t divisor);

uint32_t __udivsi3(uint32_t dividend, uint32_t divisor)
{
    uint32_t quotient = 0, rest = 0;
    for (int bit = 31; bit >= 0; bit--) {
        rest = rest << 1 | (dividend >> bit & 1);
        quotient <<= 1;
        if (rest >= divisor) {
            rest -= divisor;
            quotient |= 1;
        }
    }
    return quotient;
}

uint32_t __umodsi3(uint32_t dividend, uint32_t divisor)
{
    return dividend - __udivsi3(dividend, divisor) * divisor;
}

int32_t __divsi3(int32_t dividend, int32_t divisor)
{
    uint32_t quotient = __udivsi3((uint32_t)(dividend < 0 ? -dividend : dividend), (uint32_t)(divisor < 0 ? -divisor : divisor));
    return (dividend < 0) != (divisor < 0) ? -(int32_t)quotient : (int32_t)quotient;
}
