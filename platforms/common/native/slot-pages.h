/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_SLOT_PAGES_H
#define TCAM_SLOT_PAGES_H

#include "slot-port.h"

/* In the port's task: programs erased bytes page by page, each while the video bus is quiet. NULL, or what failed. */
const char *slot_write_pages(SlotPort *port, uint32_t offset, const uint8_t *bytes, uint32_t length);

#endif
