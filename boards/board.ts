// SPDX-License-Identifier: Apache-2.0
import type Digital from "embedded:io/digital";
import type I2C from "embedded:io/i2c";
import type Serial from "embedded:io/serial";
import type Listener from "embedded:io/socket/listener";
import type TCP from "embedded:io/socket/tcp";
import type UDP from "embedded:io/socket/udp";
import type WiFi from "embedded:network/interface/wifi";
import type Flash from "embedded:storage/flash";
import type KeyValue from "embedded:storage/key-value";

/**
 * A board's host provider: what is connected where, and the ECMA-419 class through which it is reached (`io`). The
 * parts take their entries as they are. Numbers are GPIOs.
 */
export interface Board {
  readonly name: string;
  readonly lepton: LeptonConnection;
  /** Anodes of the two-colour LED, active high. */
  readonly led: { readonly red: OnPin; readonly green: OnPin };
  /** Connects to ground when pressed. */
  readonly button: OnPin & { readonly pullUp: boolean };
  readonly storage: { readonly keyValue: typeof KeyValue; readonly flash: typeof Flash };
  readonly network: {
    readonly wifi: typeof WiFi;
    readonly listener: typeof Listener;
    readonly tcp: typeof TCP;
    readonly udp: typeof UDP;
  };
  /** Interface for a wired host. Absent: the board has WiFi only. */
  readonly hardwareInterface?: HardwareInterface;
}

export interface OnPin {
  readonly io: typeof Digital;
  readonly pin: number;
}

export interface LeptonConnection {
  /** CCI. */
  readonly i2c: {
    readonly io: typeof I2C;
    readonly data: number;
    readonly clock: number;
    readonly hz: number;
    readonly port: number;
  };
  /** VoSPI: the class is drivers/vospi. */
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
  readonly reset?: OnPin & { readonly active: 0 | 1 };
}

export interface HardwareInterface {
  /** Sampled once at start. Low selects the hardware interface instead of WiFi. */
  readonly mode: OnPin & { readonly pullUp: boolean };
  readonly serial: {
    readonly io: typeof Serial;
    readonly transmit: number;
    readonly receive: number;
    readonly baud: number;
    readonly port: number;
  };
  /** SPI slave, mode 0: the class is drivers/host-spi. */
  readonly spi: { readonly clock: number; readonly out: number; readonly select: number; readonly port: number };
}
