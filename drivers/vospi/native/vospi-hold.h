/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VOSPI_HOLD_H
#define VOSPI_HOLD_H

/* For native code that reads a frame given to it as a Frame object of JavaScript. XS thread only. */

#include "xsmc.h"
#include "vospi-frame.h"

/* Keeps a frame's slot, and its memory, from being used again. */
typedef struct VospiHold VospiHold;

/* Another hold on the frame of a Frame object; throws TypeError when it is none or is closed. */
VospiHold *vospi_hold_frame(xsMachine *the, xsSlot *frame);

const VospiFrame *vospi_hold_read(const VospiHold *hold);

void vospi_hold_release(VospiHold *hold);

#endif
