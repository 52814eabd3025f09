// SPDX-License-Identifier: Apache-2.0
import type { Board } from "boards/board";
import { tCamMini } from "boards/tcam-mini/board";

const { led, button, storage, network, lepton } = tCamMini;
const { i2c, spi, vsync } = lepton;

/**
 * A WROVER development board (TTGO T7 V1.4, SparkFun ESP32 Thing Plus with PSRAM) with a Lepton breakout, wired as in
 * the tCam-Mini readme. It has no reset line, no mode jumper and no hardware interface.
 */
export const devBoard: Board = Object.freeze({
  name: "ESP32 development board",
  lepton: Object.freeze({ i2c, spi, vsync }),
  led,
  button,
  storage,
  network,
} as const);

export default devBoard;
