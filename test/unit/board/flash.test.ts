// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom } from "../../../simulator/lepton";
import { Flash, FlashError, SECTOR } from "../../../simulator/board/storage/flash";
import { eraseTime, TYPICAL_FLASH } from "../../../simulator/board/storage/flash-chip";
import { PowerCut, PowerLost } from "../../../simulator/board/storage/power-cut";

let directory = "";
let cut = new PowerCut();
let flash: Flash;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tcam-flash-"));
  cut = new PowerCut();
  flash = new Flash(directory, cut, seededRandom(7));
});
afterEach(() => {
  flash.close();
  rmSync(directory, { recursive: true });
});

test("a new partition is erased", () => {
  const bytes = flash.partition("ota_1").read(0, flash.partition("ota_1").size);
  expect(bytes.every((byte) => byte === 0xff)).toBe(true);
});

test("programming only clears bits; erasing sets its sectors and no others", () => {
  const ota = flash.partition("ota_0");
  ota.program(SECTOR - 2, Buffer.of(0xf0, 0xf0, 0xf0, 0xf0));
  ota.program(SECTOR - 2, Buffer.of(0x3c, 0xff, 0x0f, 0x00));
  expect(ota.read(SECTOR - 2, 4)).toEqual(Buffer.of(0x30, 0xf0, 0x00, 0x00));
  ota.erase(1, 2);
  expect(ota.read(SECTOR - 2, 4)).toEqual(Buffer.of(0x30, 0xf0, 0xff, 0xff));
});

test("content survives the board's process", () => {
  flash.partition("ota_0").program(5, Buffer.from("kept"));
  flash.close();
  flash = new Flash(directory, cut, seededRandom(7));
  expect(flash.partition("ota_0").read(5, 4).toString()).toBe("kept");
});

test("operations outside the partition are refused", () => {
  const data = flash.partition("otadata");
  expect(() => data.read(data.size - 1, 2)).toThrow(FlashError);
  expect(() => data.program(data.size, Buffer.of(0))).toThrow(FlashError);
  expect(() => data.erase(1, 3)).toThrow(FlashError);
  expect(() => data.erase(1, 0)).toThrow(FlashError);
  expect(cut.counts.flash).toBe(0);
});

test("a cut program operation is done from the front, sets no bit and changes no other byte", () => {
  const ota = flash.partition("ota_0");
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      fc.uint8Array({ minLength: 300, maxLength: 300 }),
      (bytes, old) => {
        ota.flashByCable(Buffer.concat([old, old]));
        cut.arm({ after: 0, on: "flash" });
        expect(() => ota.program(100, bytes)).toThrow(PowerLost);
        const before = Buffer.concat([old, old]);
        const now = ota.read(0, 600);
        expect(now.subarray(0, 100)).toEqual(before.subarray(0, 100));
        expect(now.subarray(100 + bytes.length)).toEqual(before.subarray(100 + bytes.length));
        const area = [...now.subarray(100, 100 + bytes.length)];
        let broken = 0;
        area.forEach((byte, i) => {
          const was = before[100 + i] as number;
          const whole = was & (bytes[i] as number);
          expect(byte & ~was).toBe(0);
          expect(whole & ~byte).toBe(0);
          if (byte !== whole && byte !== was) broken += 1;
        });
        expect(broken).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns: 50 },
  );
});

test("a cut erase operation erases sectors from the front, leaves one in between, and the rest unchanged", () => {
  const ota = flash.partition("ota_0");
  const seen = new Set<number>();
  for (let run = 0; run < 20; run++) {
    ota.flashByCable(Buffer.alloc(8 * SECTOR, 0x55));
    cut.arm({ after: 0, on: "any" });
    expect(() => ota.erase(1, 6)).toThrow(PowerLost);
    const kinds = Array.from({ length: 8 }, (_, sector) => {
      const bytes = ota.read(sector * SECTOR, SECTOR);
      if (bytes.every((byte) => byte === 0x55)) return "o";
      return bytes.every((byte) => byte === 0xff) ? "e" : "b";
    }).join("");
    expect(kinds).toMatch(/^oe*bo+$/);
    seen.add(kinds.indexOf("b"));
  }
  expect(seen.size).toBeGreaterThan(2);
});

test("erase times are those of whole blocks where possible", () => {
  expect(eraseTime(TYPICAL_FLASH, 0, 512)).toBe(32 * 250_000);
  expect(eraseTime(TYPICAL_FLASH, 15, 33)).toBe(45_000 + 250_000 + 45_000);
});
