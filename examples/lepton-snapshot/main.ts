// SPDX-License-Identifier: Apache-2.0
/** Prints a Lepton's part number and one frame: temperatures in °C, and the picture in 40 × 15 characters. */
import board from "board";
import { GainMode, Lepton } from "drivers/lepton/lepton";
import { DeviceTimers } from "drivers/timers/device-timers";
import { sleep } from "drivers/timers/timers";
import { VoSPI } from "drivers/vospi/vospi";

const SHADES = ".:-=+*%#@";
const { i2c, spi, vsync } = board.lepton;
const timers = new DeviceTimers();
const lepton = new Lepton({ sensor: i2c, timers });
const vospi = new VoSPI({ spi, vsync, slots: 2, onReadable, onStall: (stall) => trace(`no frame: ${stall}\n`) });

function onReadable(): void {
  const pixels = new Uint16Array(160 * 120);
  vospi.read()?.copyPixels(pixels.buffer);
  vospi.close();
  lepton.close();
  const low = pixels.reduce((a, b) => Math.min(a, b));
  const high = pixels.reduce((a, b) => Math.max(a, b));
  const celsius = [low, high, pixels[60 * 160 + 80] ?? 0].map((pixel) => (pixel / 100 - 273.15).toFixed(1));
  trace(`${celsius[0]} to ${celsius[1]} °C, centre ${celsius[2]} °C\n`);
  const shade = (pixel: number): string => SHADES.charAt(((pixel - low) * SHADES.length) / (high - low + 1));
  for (let row = 4; row < 120; row += 8)
    trace(`${Array.from({ length: 40 }, (_, i) => shade(pixels[row * 160 + 4 * i + 2] ?? 0)).join("")}\n`);
}

async function start(): Promise<void> {
  await sleep(timers, 950); // A Lepton boots this long (IDD 2.1.1).
  const { partNumber } = await lepton.initialize({ agc: false, emissivity: 100, gain: GainMode.High });
  trace(`Lepton ${partNumber}\n`);
  vospi.start();
}
void start();
