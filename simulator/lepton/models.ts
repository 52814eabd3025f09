// SPDX-License-Identifier: Apache-2.0

/** The parts this emulator can be. */
export type Model = "3.5" | "3.0" | "3.1R";
