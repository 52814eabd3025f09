// SPDX-License-Identifier: Apache-2.0
/** Wiring of the tCam-Mini revision 4: GPIO numbers of its ESP32. */

export interface I2cPins {
  readonly data: number;
  readonly clock: number;
}

export interface SpiPins {
  readonly clock: number;
  readonly in: number;
  readonly select: number;
  readonly vsync: number;
}

export interface HostSpiPins {
  readonly clock: number;
  readonly out: number;
  readonly select: number;
}

export interface BoardPins {
  /** Active high. Both high: yellow. */
  readonly ledRed: number;
  readonly ledGreen: number;
  /** Active low, with a pull-up. */
  readonly button: number;
  /** High: WiFi; low: hardware interface. A pull-up; the jumper pulls it low. */
  readonly mode: number;
  /** Active high at the GPIO: the board inverts it for the Lepton's RESET_L. */
  readonly leptonReset: number;
  readonly i2c: I2cPins;
  readonly spi: SpiPins;
  readonly serial: { readonly transmit: number; readonly receive: number };
  readonly hostSpi: HostSpiPins;
}

export const TCAM_MINI_REV4: BoardPins = {
  ledRed: 14,
  ledGreen: 15,
  button: 0,
  mode: 32,
  leptonReset: 21,
  i2c: { data: 23, clock: 22 },
  spi: { clock: 5, in: 19, select: 12, vsync: 13 },
  serial: { transmit: 27, receive: 26 },
  hostSpi: { clock: 34, out: 33, select: 35 },
};
