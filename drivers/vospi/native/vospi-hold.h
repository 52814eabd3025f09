/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VOSPI_HOLD_H
#define VOSPI_HOLD_H

/* Access to the frame of a JavaScript Frame object, for native code. XS thread only. */

#include "xsmc.h"
#include "vospi-frame.h"

/* Keeps a frame's slot from being reused. */
typedef struct VospiHold VospiHold;

/* Takes another hold on the frame of a Frame object. Throws TypeError for another or a closed object. */
VospiHold *vospi_hold_frame(xsMachine *the, xsSlot *frame);

const VospiFrame *vospi_hold_read(const VospiHold *hold);

/* Number of the frame among all that were read since start, of every VoSPI, from 1: a key for what is made of a frame. */
uint32_t vospi_hold_number(const VospiHold *hold);

void vospi_hold_release(VospiHold *hold);

#endif
