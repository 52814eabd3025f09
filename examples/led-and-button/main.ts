// SPDX-License-Identifier: Apache-2.0
/** The LED follows the button: green while it is down, red after 5 s. Each press is printed with its length. */
import board from "board";
import { Button } from "drivers/button/button";
import { Led, type LedPattern } from "drivers/led/led";
import { DeviceTimers } from "drivers/timers/device-timers";

const DARK: LedPattern = [{ red: 0, green: 0, ms: 0 }];
const GREEN: LedPattern = [{ red: 0, green: 1, ms: 0 }];
const RED: LedPattern = [{ red: 1, green: 0, ms: 0 }];

const timers = new DeviceTimers();
const led = new Led({ ...board.led, timers });
let presses = 0;
let pressedAt = 0;

function onChange(down: boolean): void {
  led.play(down ? GREEN : DARK);
  if (down) pressedAt = timers.now();
  else trace(`press ${++presses}: ${((timers.now() - pressedAt) / 1000).toFixed(1)} s\n`);
}

function onPress(press: "short" | "long"): void {
  if (press === "long") led.play(RED);
}

new Button({ ...board.button, timers, onChange, onPress });
trace("press the button\n");
