/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VOSPI_XS_H
#define VOSPI_XS_H

/* Used by class VoSPI to create Frame objects. */

#include "xsmc.h"
#include "vospi-pool.h"

/* Passes a hold to a new Frame object. */
void vospi_frame_init(xsMachine *the, xsSlot *object, VospiHold *hold);

#endif
