/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VOSPI_TAP_H
#define VOSPI_TAP_H

/* The frames that capture has completed, for a screen beside the firmware, as the SDK's simulator has. XS thread only. */

#include "vospi-frame.h"

/* Gets each frame before the firmware reads it; valid during the call. */
typedef void (*VospiTap)(void *refcon, const VospiFrame *frame);

/* One tap at a time; NULL: none. */
void vospi_tap(VospiTap tap, void *refcon);

#endif
