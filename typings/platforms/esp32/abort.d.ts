// SPDX-License-Identifier: Apache-2.0
/**
 * Called by XS on the ESP32 before it ends the program, with why (`unhandled exception`, `out of memory` …) and the exception there was.
 * Returning false would go on; anything else ends it.
 */
// eslint-disable-next-line no-var -- what `globalThis` has as a property is declared so
declare var abort: (reason: string, error: unknown) => boolean | void;
