/* SPDX-License-Identifier: Apache-2.0 */

#include "slot-pages.h"

const char *slot_write_pages(SlotPort *port, uint32_t offset, const uint8_t *bytes, uint32_t length)
{
    const char *problem = NULL;

    for (uint32_t done = 0, count; done < length && !problem; done += count) {
        uint32_t left = length - done;
        count = kSlotPageBytes - (offset + done) % kSlotPageBytes;
        if (count > left)
            count = left;
        if (!slot_port_await_quiet(port))
            return "closed";
        problem = slot_port_program(port, offset + done, bytes + done, count);
    }
    return problem;
}
