/* SPDX-License-Identifier: Apache-2.0 */

/* Natives of platforms/linux/system.ts that end the firmware's process. */

#include "runner.h"

/* The board starts the firmware again, with reset cause "software". */
void xs_system_restart(xsMachine *the)
{
    runner_exit(the, kRunnerExitRestart);
}

/* The board has closed its connection. */
void xs_system_end(xsMachine *the)
{
    runner_exit(the, 0);
}
