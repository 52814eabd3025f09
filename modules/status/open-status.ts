// SPDX-License-Identifier: Apache-2.0
import { Button, type ButtonOptions } from "drivers/button/button";
import { Led, type LedOptions } from "drivers/led/led";
import type { Context } from "modules/context/context";
import { Status, type Facts } from "./status";

/** The board's entries that a person sees and presses. */
export interface StatusBoard {
  readonly led: Omit<LedOptions, "timers">;
  readonly button: Omit<ButtonOptions, "timers" | "onPress">;
}

/** Opens LED and button, and reports presses to the status. */
export const openStatus = (context: Context, { led, button }: StatusBoard, mode: Facts["interface"]): Status => {
  const { timers, startup, log, faults } = context;
  const status = new Status({
    led: new Led({ ...led, timers }),
    log: log.part("status"),
    faults,
    interface: mode,
  });
  startup.step("button", () => new Button({ ...button, timers, onPress: (press) => status.press(press) }));
  return status;
};
