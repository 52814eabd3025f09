// SPDX-License-Identifier: Apache-2.0
import type { Board, HardwareInterface } from "boards/board";
import { Button } from "drivers/button/button";
import type { Led, LedPattern } from "drivers/led/led";
import { sleep, type Timers } from "drivers/timers/timers";
import { levelOf } from "self-test/checks/pin-level";
import type { Report } from "self-test/checks/report";

/** Shown one after the other: red, green, yellow, dark. */
const COLOURS: readonly LedPattern[] = Object.freeze(
  [[{ red: 1, green: 0, ms: 0 }], [{ red: 0, green: 1, ms: 0 }], [{ red: 1, green: 1, ms: 0 }], [{ red: 0, green: 0, ms: 0 }]] as const, // prettier-ignore
  true,
);
const COLOUR_MS = 700;
const BUTTON_MS = 10_000;
const MODE_SAMPLES = 20;
const MODE_INTERVAL_MS = 10;

/** Shows each colour and compares the levels at the pins: a short circuit holds one. The colours need a person's eyes. */
export const checkLed = (report: Report, pins: Board["led"], led: Led, timers: Timers): Promise<boolean> =>
  report.attempt("LED", "both pins follow", async () => {
    const levels = { red: "", green: "" };
    const expected = { red: "", green: "" };
    report.note("the LED is red, green, yellow, dark");
    for (const pattern of COLOURS) {
      led.play(pattern);
      await sleep(timers, COLOUR_MS);
      for (const colour of ["red", "green"] as const) {
        levels[colour] += levelOf(pins[colour].pin);
        expected[colour] += pattern[0]?.[colour] ?? 0;
      }
    }
    const red = report.result("LED red", levels.red === expected.red, levels.red, expected.red);
    return report.result("LED green", levels.green === expected.green, levels.green, expected.green) && red;
  });

/** Waits for a press and its release. */
export const checkButton = (report: Report, entry: Board["button"], timers: Timers): Promise<boolean> => {
  const expected = "pressed and released";
  return report.attempt("button", expected, async () => {
    let pressedAt: number | undefined;
    let finish: (seconds?: number) => void = () => undefined;
    const released = new Promise<number | undefined>((resolve) => (finish = resolve));
    const onChange = (down: boolean): void => {
      if (down) pressedAt = timers.now();
      else finish((timers.now() - (pressedAt ?? 0)) / 1000);
    };
    const button = new Button({ ...entry, timers, onChange, onPress: () => undefined });
    report.note(`press the button within ${BUTTON_MS / 1000} s`);
    const timeout = timers.set(() => finish(), BUTTON_MS);
    const seconds = await released;
    timers.clear(timeout);
    button.close();
    if (seconds !== undefined) return report.result("button", true, `pressed for ${seconds.toFixed(1)} s`, expected);
    if (pressedAt === undefined) return report.skip("button", `not pressed within ${BUTTON_MS / 1000} s`);
    return report.result("button", false, "not released", expected);
  });
};

/** Reads the input that selects the hardware interface: its level must not change. */
export async function checkModeInput(
  report: Report,
  entry: HardwareInterface["mode"] | undefined,
  timers: Timers,
): Promise<boolean> {
  if (!entry) return report.skip("mode input", "not on this board");
  const expected = "one level: high without the jumper, low with it";
  return report.attempt("mode input", expected, async () => {
    const { io, pin, pullUp } = entry;
    const input = new io({ pin, mode: pullUp ? io.InputPullUp : io.Input });
    let high = 0;
    for (let sample = 0; sample < MODE_SAMPLES; sample++) {
      high += input.read();
      await sleep(timers, MODE_INTERVAL_MS);
    }
    input.close();
    const value = high === 0 ? "low: hardware interface" : high === MODE_SAMPLES ? "high: WiFi" : `high in ${high} of ${MODE_SAMPLES} samples`; // prettier-ignore
    return report.result("mode input", high % MODE_SAMPLES === 0, value, expected);
  });
}
