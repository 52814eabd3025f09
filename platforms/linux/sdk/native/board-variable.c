/* SPDX-License-Identifier: Apache-2.0 */

/* Native of setup/panel.ts. */

#include <stdlib.h>

#include "xsmc.h"
#include "mc.xs.h"

/* Whether the program was given a board. */
void xs_panel_has_board(xsMachine *the)
{
    const char *path = getenv("TCAM_BOARD");
    xsmcSetBoolean(xsResult, path && *path);
}
