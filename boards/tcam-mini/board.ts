// SPDX-License-Identifier: Apache-2.0
import type { Board } from "boards/board";
import Digital from "embedded:io/digital";
import I2C from "embedded:io/i2c";
import Serial from "embedded:io/serial";
import Listener from "embedded:io/socket/listener";
import TCP from "embedded:io/socket/tcp";
import UDP from "embedded:io/socket/udp";
import WiFi from "embedded:network/interface/wifi";
import Flash from "embedded:storage/flash";
import KeyValue from "embedded:storage/key-value";

/** SPI controller number in ESP-IDF. */
const HSPI = 1;
const VSPI = 2;

/**
 * tCam-Mini, PCB revision 4: WROVER module, Lepton 3.x in a socket. Deeply frozen, because it is preloaded into flash.
 */
export const tCamMini: Board = Object.freeze({
  name: "tCam-Mini",
  lepton: Object.freeze({
    i2c: Object.freeze({ io: I2C, data: 23, clock: 22, hz: 100_000, port: 1 }),
    // 16 MHz, although the Lepton accepts 20 MHz: the pins go through the GPIO matrix, which adds 25 ns.
    spi: Object.freeze({ clock: 5, in: 19, select: 12, hz: 16_000_000, mode: 3, port: HSPI }),
    vsync: 13,
    // An inverting transistor drives the Lepton's reset line, which is active low.
    reset: Object.freeze({ io: Digital, pin: 21, active: 1 }),
  }),
  led: Object.freeze({
    red: Object.freeze({ io: Digital, pin: 14 }),
    green: Object.freeze({ io: Digital, pin: 15 }),
  }),
  button: Object.freeze({ io: Digital, pin: 0, pullUp: true }),
  storage: Object.freeze({ keyValue: KeyValue, flash: Flash }),
  network: Object.freeze({ wifi: WiFi, listener: Listener, tcp: TCP, udp: UDP }),
  hardwareInterface: Object.freeze({
    mode: Object.freeze({ io: Digital, pin: 32, pullUp: true }),
    // The readme's 230,800 baud is an error.
    serial: Object.freeze({ io: Serial, transmit: 27, receive: 26, baud: 230_400, port: 1 }),
    spi: Object.freeze({ clock: 34, out: 33, select: 35, port: VSPI }),
  }),
} as const);

export default tCamMini;
