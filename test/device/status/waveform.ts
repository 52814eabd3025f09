// SPDX-License-Identifier: Apache-2.0
/**
 * The LED's colours, derived from its pins: every change with its board time.
 *
 * On a busy computer single steps of the firmware are late, and the board's clock falls behind the firmware's (it
 * slips instead of losing segments: docs/simulator.md, "Time"), so that all steps are shorter in board time. A pattern counts as shown
 * when a sequence of changes matches it step by step: in total at most as long as the pattern and at least half as long, each step within 25 % of
 * its share. A delay spoils one sequence, not the next one; another pattern has no such sequence.
 */
import type { VirtualCamera } from "../../../simulator/board/virtual-camera";
import type { LedColor } from "../../../simulator/board/led";
import { boardTime, until } from "../board-time";

/** A colour and its duration in milliseconds of board time. */
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

/** The pattern of a fault: `count` red blinks, then a pause. */
export function blinks(count: number): Pattern {
  const steps: Step[] = [];
  for (let i = 1; i <= count; i++) steps.push(["red", 200], ["off", i < count ? 300 : 2_300]);
  return steps;
}

/** Shorter steps are no colour: two pins do not change at the same instant. */
const GLITCH = 25;
const TOLERANCE = 0.25;
/** Limits of board time divided by firmware time. */
const SLOWEST = 0.5;
const FASTEST = 1.1;
/** A colour with this duration is solid: every step of a pattern is shorter. */
const SOLID = 3_000;

/** The completed steps since board time `after`, inclusive: the firmware may change the LED before time passes. */
export function waveform(camera: VirtualCamera, after = -1): Step[] {
  const changes = camera.board.led.since().filter(({ board }) => board >= after);
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
 * Resolves when the LED has shown the whole pattern `times` times after board time `after`. The pattern's last step is expected before it, so that
 * the end of a longer pattern does not match.
 */
export function shows(camera: VirtualCamera, pattern: Pattern, after: number, times = 1): Promise<void> {
  const wanted = [...pattern.slice(-1), ...Array.from({ length: times }, () => pattern).flat()];
  return until(camera, `the LED shows ${describe(wanted)}`, () => contains(waveform(camera, after), wanted), {
    actual: () => `it showed ${describe(waveform(camera, after).slice(-40))}`,
  });
}

/** Resolves when the LED has shown one colour for longer than a step of any pattern. */
export function showsSolid(camera: VirtualCamera, color: LedColor, after: number): Promise<void> {
  return until(
    camera,
    `the LED is solid ${color}`,
    () => {
      const last = camera.board.led.since().at(-1);
      return last?.color === color && boardTime(camera) - Math.max(last.board, after) > SOLID;
    },
    { actual: () => `it showed ${describe(waveform(camera, after).slice(-40))}, then ${camera.board.led.color}` },
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
