// SPDX-License-Identifier: Apache-2.0
/**
 * What the LED shows, told from its pins: every change of colour with its board time.
 *
 * The firmware is a process of a computer that may be busy. Single steps come late then, and the board's clock falls behind the firmware's (it
 * slips rather than lose segments: docs/simulator.md, "Time"), so that all steps are shorter in board time. So a pattern counts as shown
 * when a stretch of changes fits it step for step: in all not longer than it should be and at least half as long, each step within a quarter of
 * its share. A busy moment spoils one stretch, not the next one; a firmware that plays another pattern has no such stretch, ever.
 */
import type { VirtualCamera } from "../../../simulator/board/virtual-camera";
import type { LedColor } from "../../../simulator/board/led";
import { until } from "../network/rig";

/** A colour and how long it is shown, in milliseconds of board time. */
export type Step = readonly [color: LedColor, ms: number];
export type Pattern = readonly Step[];

export const SLOW_YELLOW: Pattern = [
  ["yellow", 1_000],
  ["off", 1_000],
];
export const FAST_YELLOW: Pattern = [
  ["yellow", 100],
  ["off", 100],
];
export const RED_GREEN: Pattern = [
  ["red", 250],
  ["green", 250],
];

/** The pattern of a fault: so many red blinks, then a pause. */
export function blinks(count: number): Pattern {
  const steps: Step[] = [];
  for (let i = 1; i <= count; i++) steps.push(["red", 200], ["off", i < count ? 300 : 2_300]);
  return steps;
}

/** The two pins of a colour do not change at the same instant: what is shorter is no colour. */
const GLITCH = 25;
const TOLERANCE = 0.25;
/** Board time of a stretch in firmware time. */
const SLOWEST = 0.5;
const FASTEST = 1.1;
/** No pattern has a longer step: a colour that has lasted as long is solid. */
const SOLID = 3_000;

/** Board time in milliseconds: for `shows`, to see only what comes after. */
export function now(device: VirtualCamera): number {
  return device.board.clock.now() / 1_000;
}

/** The colours since board time `after` with their durations, but for the last one, which still lasts. */
export function waveform(device: VirtualCamera, after = -1): Step[] {
  const changes = device.board.led.since(after);
  const steps: { color: LedColor; ms: number }[] = [];
  for (const [i, { color, board }] of changes.slice(0, -1).entries()) {
    const ms = (changes[i + 1]?.board ?? 0) - board;
    const last = steps.at(-1);
    if (last && (ms < GLITCH || last.color === color)) last.ms += ms;
    else steps.push({ color, ms });
  }
  return steps.map(({ color, ms }) => [color, ms]);
}

/**
 * Resolves when the LED has shown a pattern, whole and from its first step, after board time `after`. The pattern's last step goes before, so that
 * the end of a longer one is not taken for it.
 */
export function shows(device: VirtualCamera, pattern: Pattern, after: number, times = 1): Promise<void> {
  const wanted = [...pattern.slice(-1), ...Array.from({ length: times }, () => pattern).flat()];
  return until(
    `the LED shows ${describe(wanted)}`,
    () => contains(waveform(device, after), wanted),
    () => `it showed ${describe(waveform(device, after).slice(-40))}`,
  );
}

/** Resolves when the LED has shown one colour, without a break, for longer than any pattern does. */
export function showsSolid(device: VirtualCamera, color: LedColor, after: number): Promise<void> {
  return until(
    `the LED is solid ${color}`,
    () => {
      const last = device.board.led.since().at(-1);
      return last?.color === color && now(device) - Math.max(last.board, after) > SOLID;
    },
    () => `it showed ${describe(waveform(device, after).slice(-40))}, then ${device.board.led.color}`,
  );
}

function contains(steps: readonly Step[], wanted: Pattern): boolean {
  return steps.some((_, start) => fits(steps.slice(start, start + wanted.length), wanted));
}

function fits(steps: readonly Step[], wanted: Pattern): boolean {
  const scale = total(steps) / total(wanted);
  if (steps.length < wanted.length || scale < SLOWEST || scale > FASTEST) return false;
  return wanted.every(([color, ms], i) => {
    const [shown, lasted] = steps[i] ?? ["off", 0];
    return shown === color && Math.abs(lasted - ms * scale) <= ms * scale * TOLERANCE;
  });
}

function total(steps: readonly Step[]): number {
  return steps.reduce((sum, [, ms]) => sum + ms, 0);
}

function describe(steps: readonly Step[]): string {
  return steps.map(([color, ms]) => `${color} ${Math.round(ms)}`).join(", ");
}
