/* SPDX-License-Identifier: Apache-2.0 */

/* How the firmware's process ends: see platforms/linux/system.ts. */

#include "runner.h"

/* The board starts the firmware again, with reset cause "software". */
void xs_system_restart(xsMachine *the)
{
    runner_exit(the, kRunnerExitRestart);
}

/* The board is gone: nothing is left to run for. */
void xs_system_end(xsMachine *the)
{
    runner_exit(the, 0);
}
