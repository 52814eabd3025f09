// SPDX-License-Identifier: Apache-2.0
/**
 * The self-test of a board (docs/self-test.md): a firmware of its own, on the drivers and the board's entries that the
 * camera uses. Each check prints one line on the log port; the last line is the count. Then the LED is green, or red if
 * a check failed. It writes to the inactive slot only, and restores what was there.
 */
import board from "board";
import { Led } from "drivers/led/led";
import { DeviceTimers } from "drivers/timers/device-timers";
import system from "platform/system";
import { checkButton, checkLed, checkModeInput } from "self-test/checks/panel";
import { Report } from "self-test/checks/report";
import { checkCCI, checkI2C, resetSensor } from "self-test/checks/sensor";
import { checkFlash, checkPSRAM } from "self-test/checks/storage";
import { checkSPI, checkVsync } from "self-test/checks/video";

const WATCHDOG_FEED_MS = 5_000;

const timers = new DeviceTimers();
const report = new Report((line) => system.log(line));

async function checkSensor(): Promise<void> {
  const { lepton } = board;
  await resetSensor(lepton, timers);
  const answers = checkI2C(report, lepton.i2c) && (await checkCCI(report, lepton.i2c, timers));
  const pulses = answers ? await checkVsync(report, lepton, timers) : report.skip("VSYNC", "the sensor is not set up");
  for (const hz of [16_000_000, 20_000_000]) await checkSPI(report, lepton, hz, pulses, timers);
}

async function main(): Promise<void> {
  const { mac, partition } = system.info;
  report.note(`self-test of ${board.name}, ${mac}, from ${partition}: 30 s`);
  await checkPSRAM(report, timers);
  await checkFlash(report, board.storage.flash, timers);
  await checkModeInput(report, board.hardwareInterface?.mode, timers);
  await checkSensor();
  const led = new Led({ ...board.led, timers });
  await checkLed(report, board.led, led, timers);
  await checkButton(report, board.button, timers);
  led.play([{ red: report.failed ? 1 : 0, green: report.failed ? 0 : 1, ms: 0 }]);
  report.note("the camera's firmware comes back with `npm run deploy` and the same --board; settings are unchanged");
  report.end();
}

// From here on the watchdog must be fed, also after the end.
timers.repeat(() => system.feedWatchdog(), WATCHDOG_FEED_MS);
void main();
