// SPDX-License-Identifier: Apache-2.0

/** The level at an output's pad, which a short circuit holds. The output keeps driving it. */
export function levelOf(this: void, pin: number): 0 | 1 {
  return native("xs_pin_level").call(this, pin);
}
