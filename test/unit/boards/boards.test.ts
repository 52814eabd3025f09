// SPDX-License-Identifier: Apache-2.0
import type { Board } from "boards/board";
import { tCamMini } from "boards/tcam-mini/board";
import { BOARDS } from "../../../tools/boards";

// The boards name ECMA-419 classes, which exist on a device only.
jest.mock("embedded:io/digital", () => class Digital {}, { virtual: true });
jest.mock("embedded:io/i2c", () => class I2C {}, { virtual: true });
jest.mock("embedded:io/serial", () => class Serial {}, { virtual: true });
jest.mock("embedded:io/socket/listener", () => class Listener {}, { virtual: true });
jest.mock("embedded:io/socket/tcp", () => class TCP {}, { virtual: true });
jest.mock("embedded:io/socket/udp", () => class UDP {}, { virtual: true });
jest.mock("embedded:network/interface/wifi", () => class WiFi {}, { virtual: true });
jest.mock("embedded:storage/flash", () => ({ open: jest.fn() }), { virtual: true });
jest.mock("embedded:storage/key-value", () => ({ open: jest.fn() }), { virtual: true });

/** Every number under a name that stands for a GPIO. */
function pins(value: unknown, name = ""): number[] {
  if (typeof value === "number") return /^(hz|baud|port|mode|active)$/.test(name) ? [] : [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => pins(part, key));
}

/** GPIO 6 to 11 are the flash's, 16 and 17 the PSRAM's on a WROVER module; 34 to 39 are inputs only; 20, 24, 28 to 31 do not exist. */
const TAKEN = [6, 7, 8, 9, 10, 11, 16, 17, 20, 24, 28, 29, 30, 31];

test.each(BOARDS)("%s uses every pin once, and no pin that the WROVER module uses itself", async (name) => {
  const { default: board } = (await import(`boards/${name}/board`)) as { default: Board };
  const used = pins(board);
  expect(used.length).toBeGreaterThanOrEqual(9);
  expect(new Set(used).size).toBe(used.length);
  expect(used.filter((pin) => TAKEN.includes(pin) || pin > 39)).toEqual([]);
});

test("outputs of the tCam-Mini are on pins with a driver", () => {
  const { lepton, led, hardwareInterface } = tCamMini;
  const outputs = [lepton.i2c.data, lepton.i2c.clock, lepton.spi.clock, lepton.spi.select, led.red.pin, led.green.pin];
  outputs.push(lepton.reset?.pin ?? 99, hardwareInterface?.spi.out ?? 99, hardwareInterface?.serial.transmit ?? 99);
  expect(outputs.filter((pin) => pin >= 34)).toEqual([]);
});

test("the Lepton's limits are kept: CCI at 100 kHz, VoSPI at 20 MHz at most and fast enough for 61 packets a segment", () => {
  expect(tCamMini.lepton.i2c.hz).toBe(100_000);
  expect(tCamMini.lepton.spi.hz).toBeLessThanOrEqual(20_000_000);
  expect(tCamMini.lepton.spi.hz).toBeGreaterThan(8_430_000);
});

test("the hardware interface runs at 230,400 baud", () => {
  expect(tCamMini.hardwareInterface?.serial.baud).toBe(230_400);
});

/** Each class with the path under which the board offers it. */
function classes(value: unknown, path = ""): string[] {
  if (typeof value === "function") return [`${path}: ${value.name}`];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => classes(part, path ? `${path}.${key}` : key));
}

test.each(BOARDS)("%s is a host provider: each entry has the class that reaches it", async (name) => {
  const { default: board } = (await import(`boards/${name}/board`)) as { default: Board };
  const expected = [
    "lepton.i2c.io: I2C",
    "led.red.io: Digital",
    "led.green.io: Digital",
    "button.io: Digital",
    "network.wifi: WiFi",
    "network.listener: Listener",
    "network.tcp: TCP",
    "network.udp: UDP",
  ];
  expect(classes(board)).toEqual(expect.arrayContaining(expected));
  if (board.lepton.reset) expect(classes(board)).toContain("lepton.reset.io: Digital");
  if (board.hardwareInterface)
    expect(classes(board.hardwareInterface)).toEqual(["mode.io: Digital", "serial.io: Serial"]);
});
