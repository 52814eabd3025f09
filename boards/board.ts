// SPDX-License-Identifier: Apache-2.0
/** A board's wiring: data only. main.ts passes it to the drivers together with the IO classes. Numbers are GPIOs. */
export interface Board {
  readonly name: string;
  readonly lepton: LeptonConnection;
  /** Anodes of the two-colour LED, active high. */
  readonly led: { readonly red: number; readonly green: number };
  /** Connects to ground when pressed. */
  readonly button: { readonly pin: number; readonly pullUp: boolean };
  /** Interface for a wired host. Absent: the board has WiFi only. */
  readonly hardwareInterface?: HardwareInterface;
}

export interface LeptonConnection {
  /** CCI. */
  readonly i2c: { readonly data: number; readonly clock: number; readonly hz: number; readonly port: number };
  /** VoSPI. */
  readonly spi: {
    readonly clock: number;
    readonly in: number;
    readonly select: number;
    readonly hz: number;
    readonly mode: 3;
    readonly port: number;
  };
  /** GPIO3 of the Lepton. */
  readonly vsync: number;
  /**
   * `active` is the level that holds the Lepton in reset. Absent: not connected; only a power cycle of the board resets
   * the Lepton.
   */
  readonly reset?: { readonly pin: number; readonly active: 0 | 1 };
}

export interface HardwareInterface {
  /** Sampled once at start. Low selects the hardware interface instead of WiFi. */
  readonly mode: { readonly pin: number; readonly pullUp: boolean };
  readonly serial: {
    readonly transmit: number;
    readonly receive: number;
    readonly baud: number;
    readonly port: number;
  };
  /** SPI slave, mode 0. */
  readonly spi: { readonly clock: number; readonly out: number; readonly select: number; readonly port: number };
}
