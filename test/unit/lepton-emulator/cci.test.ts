// SPDX-License-Identifier: Apache-2.0

import { crcOf, Rig } from "./rig";

test("CCI does not acknowledge for 950 ms after reset, then is idle with boot bits set", () => {
  const rig = new Rig();
  expect(rig.writeRegister(0x0002)).toBe(false);
  rig.part.power(true);
  rig.clock.advance(949_999);
  expect(rig.writeRegister(0x0002)).toBe(false);
  expect(rig.part.i2cRead(2)).toBeUndefined();
  rig.clock.advance(1);
  expect(rig.status).toBe(0x0006);
});

test("BUSY rises with COMMAND and falls by itself", () => {
  const rig = new Rig().boot();
  rig.writeRegister(0x0004, 0x0202);
  expect(rig.status).toBe(0x0007);
  rig.clock.advance(5000);
  expect(rig.status).toBe(0x0006);
});

test("reads and writes continue with the next register, across transactions too", () => {
  const rig = new Rig().boot();
  rig.writeRegister(0x0008, 1, 2, 3);
  expect(rig.readRegister(0x0008, 3)).toEqual([1, 2, 3]);
  rig.writeRegister(0x000a);
  expect([...(rig.part.i2cRead(2) as Uint8Array)]).toEqual([0, 2]);
  expect([...(rig.part.i2cRead(2) as Uint8Array)]).toEqual([0, 3]);
});

test("both block buffers hold 512 words each", () => {
  const rig = new Rig().boot();
  const words = Array.from({ length: 512 }, (_, i) => i * 3);
  rig.writeRegister(0xf800, ...words);
  rig.writeRegister(0xfc00, 7, 8);
  expect(rig.readRegister(0xf800, 512)).toEqual(words);
  expect(rig.readRegister(0xfbfe, 3)).toEqual([1533, 7, 8]);
  rig.writeRegister(0xfffe, 9);
  expect(rig.readRegister(0xfffe)).toEqual([9]);
});

test("a payload above 16 words goes through block buffer 0", () => {
  const rig = new Rig().boot();
  const lut = Array.from({ length: 512 }, (_, i) => (i * 77) & 0xffff);
  rig.set(0x0309, lut);
  rig.writeRegister(0xf800, ...new Array<number>(512).fill(0));
  expect(rig.get(0x0308, 512)).toEqual(lut);
});

test("after a GET the length register holds bytes, and the CRC register the CRC of the data, low bytes first", () => {
  const rig = new Rig().boot();
  const words = rig.get(0x481c, 16);
  expect(rig.readRegister(0x0006)).toEqual([32]);
  const bytes = Buffer.alloc(32);
  words.forEach((word, i) => bytes.writeUInt16LE(word, 2 * i));
  expect(rig.readRegister(0x0028)).toEqual([crcOf(bytes)]);
});

test("strings have two characters a word, the first in the low byte", () => {
  const words = new Rig().boot().get(0x481c, 16);
  const text = words.map((w) => String.fromCharCode(w & 0xff, w >> 8)).join("");
  expect(text).toBe("500-0771-01".padEnd(32, "\0"));
});

describe("results", () => {
  const rig = new Rig().boot();
  test.each([
    ["unknown id", 0x0260, 2, -7],
    ["unknown module", 0x0500, 2, -7],
    ["type 3", 0x0203, 0, -7],
    ["SET of what can only be read", 0x0215, 1, -7],
    ["RUN of what cannot be run", 0x0216, 0, -7],
    ["OEM without the protection bit", 0x0854, 2, -7],
    ["SYS with the protection bit", 0x4618, 2, -7],
    ["only in the SDK", 0x4e08, 1, -7],
    ["length too short", 0x0218, 1, -6],
    ["length too long", 0x023c, 17, -6],
  ])("%s: 0x%s", (_, word, length, result) => expect(rig.command(word, length)).toBe(result));

  test("a bad enumeration is a range error in STATUS 15:8", () => {
    expect(rig.trySet(0x4855, [9, 0])).toBe(-3);
    expect(rig.status).toBe(0xfd06);
  });

  test("an enumeration's high word is checked", () => {
    expect(rig.trySet(0x4855, [5, 5])).toBe(-3);
    expect(rig.trySet(0x0219, [1, 0xffff])).toBe(-3);
  });

  test("the result of the next command replaces it", () => {
    rig.trySet(0x4855, [9, 0]);
    expect(rig.command(0x0202)).toBe(0);
    expect(rig.status).toBe(0x0006);
  });

  test("each refusal leaves a line in the log", () => {
    const before = rig.log.length;
    rig.command(0x0260, 2);
    rig.command(0x4e08, 1);
    rig.command(0x0854, 2);
    expect(rig.log.slice(before)).toEqual([
      "CCI command 0x0260 (unknown command) refused: result -7",
      "CCI command 0x4e08 (unknown command) refused: result -7, not modelled by this emulator",
      "CCI command 0x0854 (unknown command) refused: result -7, protection bit wrong for this module",
    ]);
  });
});

test("a refused GET leaves the DATA registers unchanged", () => {
  const rig = new Rig({ model: "3.0" }).boot();
  rig.writeRegister(0x0008, 1, 0);
  expect(rig.command(0x0248, 2)).toBe(-7);
  expect(rig.readRegister(0x0008, 2)).toEqual([1, 0]);
});

test("a command while busy is ignored by a tolerant part and blocks a strict one until reset", () => {
  const tolerant = new Rig().boot();
  tolerant.writeRegister(0x0004, 0x0202);
  tolerant.writeRegister(0x0004, 0x0260);
  tolerant.clock.advance(10_000);
  expect(tolerant.status).toBe(0x0006);

  const strict = new Rig({ strictness: "datasheet" }).boot();
  strict.writeRegister(0x0004, 0x0202);
  strict.writeRegister(0x0004, 0x0202);
  strict.clock.advance(10_000_000);
  expect(strict.status & 1).toBe(1);
  strict.part.reset(true);
  strict.part.reset(false);
  strict.clock.advance(950_000);
  expect(strict.status).toBe(0x0006);
});

test("a signed 32-bit value keeps its sign", () => {
  const rig = new Rig().boot();
  rig.set(0x4859, [0xfffd, 0xffff]);
  expect(rig.get(0x4858, 2)).toEqual([0xfffd, 0xffff]);
  expect(rig.trySet(0x4859, [0xfffc, 0xffff])).toBe(-3);
});

describe("commands that the state forbids", () => {
  test("TLinear and automatic gain need radiometry", () => {
    const rig = new Rig().boot();
    rig.set(0x4e11, [0, 0]);
    expect(rig.trySet(0x4ec1, [1, 0])).toBe(-11);
    expect(rig.trySet(0x0249, [2, 0])).toBe(-11);
    rig.set(0x4e11, [1, 0]);
    expect(rig.trySet(0x0249, [2, 0])).toBe(0);
  });

  test("focus calculation and AGC exclude each other", () => {
    const rig = new Rig().boot();
    rig.set(0x030d, [1, 0]);
    expect(rig.trySet(0x0101, [1, 0])).toBe(-11);
    rig.set(0x030d, [0, 0]);
    rig.set(0x0101, [1, 0]);
    expect(rig.trySet(0x030d, [1, 0])).toBe(-11);
  });

  test("user defaults can be written once, and restored only then", () => {
    const rig = new Rig().boot();
    expect(rig.command(0x4862)).toBe(-18);
    rig.set(0x0125, [100]);
    expect(rig.command(0x485e)).toBe(0);
    expect(rig.get(0x485c, 2)).toEqual([1, 0]);
    expect(rig.command(0x485e)).toBe(-15);
    rig.set(0x0125, [3]);
    expect(rig.command(0x4862)).toBe(0);
    expect(rig.get(0x0124, 1)).toEqual([100]);
  });
});

describe("regions of interest", () => {
  const rig = new Rig().boot();
  test.each([
    ["columns first, last of each", 0x0109, [0, 0, 159, 119], 0],
    ["columns first, column 160", 0x0109, [0, 0, 160, 119], -3],
    ["columns first, row 120", 0x0231, [0, 0, 159, 120], -3],
    ["columns first, end before start", 0x0231, [10, 0, 9, 119], -3],
    ["rows first, last of each", 0x4ecd, [0, 0, 119, 159], 0],
    ["rows first, row 120", 0x4ecd, [0, 0, 120, 159], -3],
    ["rows first, end before start", 0x4ecd, [60, 0, 59, 159], -3],
    ["focus keeps a border of one pixel", 0x0311, [0, 1, 158, 118], -3],
    ["focus within its border", 0x0311, [1, 1, 158, 118], 0],
  ])("%s", (_, word, data, result) => expect(rig.trySet(word, data)).toBe(result));
});

test.each([
  ["emissivity 81", [81, 29515, 8192, 29515, 8192, 29515, 0, 29515], -3],
  ["emissivity 82", [82, 29515, 8192, 29515, 8192, 29515, 0, 29515], 0],
  ["window that reflects what it transmits", [8192, 29515, 8192, 29515, 8192, 29515, 1, 29515], -3],
  ["window that reflects the rest", [8192, 29515, 8000, 29515, 8192, 29515, 192, 29515], 0],
])("flux linear parameters: %s", (_, data, result) => {
  expect(new Rig().boot().trySet(0x4ebd, data)).toBe(result);
});

test("reset, power and reboot restore the defaults; the part does not acknowledge while it reboots", () => {
  const rig = new Rig().boot();
  rig.set(0x0125, [99]);
  rig.writeRegister(0x0004, 0x4842);
  rig.clock.advance(5000);
  expect(rig.writeRegister(0x0002)).toBe(false);
  rig.clock.advance(950_000);
  expect(rig.get(0x0124, 1)).toEqual([64]);
  rig.set(0x0125, [98]);
  rig.part.reset(true);
  expect(rig.writeRegister(0x0002)).toBe(false);
  expect(rig.part.state().power).toBe("reset");
  rig.part.reset(false);
  rig.clock.advance(950_000);
  expect(rig.get(0x0124, 1)).toEqual([64]);
  rig.part.power(false);
  expect(rig.writeRegister(0x0002)).toBe(false);
  rig.part.power(true);
  rig.clock.advance(950_000);
  expect(rig.status).toBe(0x0006);
});

test("software power-down is left by POWER = 0, once", () => {
  const rig = new Rig().boot();
  const down = (): void => {
    rig.writeRegister(0x0004, 0x4802);
    rig.clock.advance(10_000);
    expect(rig.part.state().power).toBe("standby");
  };
  down();
  expect(rig.writeRegister(0x0002)).toBe(false);
  expect(rig.writeRegister(0x0000, 0)).toBe(true);
  rig.clock.advance(950_000);
  expect(rig.status).toBe(0x0006);
  down();
  rig.writeRegister(0x0000, 0);
  rig.clock.advance(5_000_000);
  expect(rig.part.state().power).toBe("standby");
});

test("commands are counted in the camera status", () => {
  const rig = new Rig().boot();
  rig.command(0x0202);
  rig.command(0x0202);
  expect(rig.get(0x0204, 4)).toEqual([0, 0, 3, 0]);
});
