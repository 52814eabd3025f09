// SPDX-License-Identifier: Apache-2.0
/** Where things are connected on a board. Only data: main.ts gives it to the drivers together with the IO classes. Numbers are GPIOs. */
export interface Board {
  readonly name: string;
  readonly lepton: LeptonConnection;
  /** Anodes of the two-colour LED; lit when high. */
  readonly led: { readonly red: number; readonly green: number };
  /** To ground when pressed. */
  readonly button: { readonly pin: number; readonly pullUp: boolean };
  /** What a controller can be wired to; absent: the board speaks WiFi only. */
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
  /** The Lepton's GPIO3. */
  readonly vsync: number;
  /** `active` is the level that holds the Lepton in reset. Absent: not connected, the Lepton is reset with the board's power only. */
  readonly reset?: { readonly pin: number; readonly active: 0 | 1 };
}

export interface HardwareInterface {
  /** Sampled once at start; low chooses the hardware interface instead of WiFi. */
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
