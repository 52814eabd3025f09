/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VOSPI_XS_H
#define VOSPI_XS_H

/* Between the two native classes of vospi.ts. */

#include "xsmc.h"
#include "vospi-pool.h"

/* Makes a new Frame object the owner of a hold. */
void vospi_frame_init(xsMachine *the, xsSlot *object, VospiHold *hold);

#endif
