// SPDX-License-Identifier: Apache-2.0
/**
 * XS on the ESP32 calls it before it ends the program, with the reason (`unhandled exception`, `out of memory` …) and the exception.
 * After false the program continues.
 */
// eslint-disable-next-line no-var -- `var` declares a property of `globalThis`
declare var abort: (reason: string, error: unknown) => boolean | void;
