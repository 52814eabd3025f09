// SPDX-License-Identifier: Apache-2.0
/**
 * Faults that the LED shows as a number of red blinks (readme of the tCam-Mini, "Fault Blinks"). The value is the blink
 * count.
 */
export const Fault = Object.freeze({
  /** I2C or SPI peripheral could not be set up. */
  Peripheral: 1,
  /** Non-volatile storage or WiFi could not be set up. */
  Storage: 2,
  /** Frame or packet buffers could not be allocated. */
  Memory: 3,
  /** The Lepton does not answer on its CCI (I2C), or refused a setting. */
  CCI: 4,
  /** The VoSPI port failed (SPI, VSYNC missing, bus stuck). */
  VoSPI: 5,
  /** Server socket or SPI slave failed. */
  Network: 6,
  /** VoSPI runs but cannot be synchronised. */
  Sync: 7,
  /** An over-the-air update failed. */
  Update: 8,
} as const);
export type Fault = (typeof Fault)[keyof typeof Fault];

/** The fault's name in the log. */
export const faultName = (fault: Fault): string =>
  Object.keys(Fault)[Object.values(Fault).indexOf(fault)] ?? `${fault}`;

/** Lets a part raise and clear its own faults. Clearing a fault that is not raised does nothing. */
export interface FaultSink {
  raise(fault: Fault, reason: string): void;
  clear(fault: Fault): void;
}
