// SPDX-License-Identifier: Apache-2.0
import type { LedPattern, LedStep } from "drivers/led/led";
import { Fault } from "modules/status/fault";
import type { LedState } from "./facts";

/** Half periods and pauses in milliseconds, the same as in the original firmware, which users recognise. */
const SLOW = 1_000;
const FAST = 100;
const ALTERNATE = 250;
const FAULT_ON = 200;
const FAULT_OFF = 300;
/** Dark time after the last blink's own dark time. */
const FAULT_PAUSE = 2_000;

type Colour = Pick<LedStep, "red" | "green">;
const DARK: Colour = { red: 0, green: 0 };
const RED: Colour = { red: 1, green: 0 };
const GREEN: Colour = { red: 0, green: 1 };
const YELLOW: Colour = { red: 1, green: 1 };

const steady = (colour: Colour): LedPattern => [{ ...colour, ms: SLOW }];
const alternate = (first: Colour, second: Colour, ms: number): LedPattern => [
  { ...first, ms },
  { ...second, ms },
];

const blinks = (count: number): LedPattern => {
  const pattern: LedStep[] = [];
  for (let i = 1; i <= count; i++)
    pattern.push({ ...RED, ms: FAULT_ON }, { ...DARK, ms: i < count ? FAULT_OFF : FAULT_OFF + FAULT_PAUSE });
  return pattern;
};

const PATTERNS: { readonly [state in LedState]: LedPattern } = Object.freeze(
  {
    starting: steady(RED),
    disconnected: alternate(YELLOW, DARK, SLOW),
    connected: steady(YELLOW),
    ready: steady(GREEN),
    "wifi-reset": alternate(YELLOW, DARK, FAST),
    "update-requested": alternate(RED, GREEN, ALTERNATE),
    updating: alternate(GREEN, DARK, FAST),
    [Fault.Peripheral]: blinks(1),
    [Fault.Storage]: blinks(2),
    [Fault.Memory]: blinks(3),
    [Fault.CCI]: blinks(4),
    [Fault.VoSPI]: blinks(5),
    [Fault.Network]: blinks(6),
    [Fault.Sync]: blinks(7),
    [Fault.Update]: blinks(8),
  },
  true,
);

/** Returns the same pattern object for a state every time. */
export const patternOf = (state: LedState): LedPattern => PATTERNS[state];
