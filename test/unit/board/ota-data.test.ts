// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom } from "../../../simulator/lepton";
import { Flash, type PartitionLabel, SECTOR } from "../../../simulator/board/storage/flash";
import { makeFirmwareImage } from "../../../simulator/board/storage/firmware-image";
import { type BootChoice, OtaData } from "../../../simulator/board/storage/ota-data";
import { PowerCut, PowerLost } from "../../../simulator/board/storage/power-cut";

let directory = "";
let cut = new PowerCut();
let flash: Flash;
let ota: OtaData;
let log: string[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tcam-ota-"));
  cut = new PowerCut();
  flash = new Flash(directory, cut, seededRandom(3));
  ota = new OtaData(flash);
  log = [];
  put("factory", "4.0");
});
afterEach(() => {
  flash.close();
  rmSync(directory, { recursive: true });
});

function put(label: PartitionLabel, version: string): void {
  flash.partition(label).flashByCable(makeFirmwareImage({ version, size: 1024 }));
}
function boot(): BootChoice | undefined {
  return ota.boot((text) => log.push(text));
}
function version(): string | undefined {
  return boot()?.image.version;
}
/** Inverts the bits of one entry's sequence number, as wear might. */
function corrupt(entry: number): void {
  const data = flash.partition("otadata");
  const bytes = data.read(0, data.size);
  bytes[entry * SECTOR] = (bytes[entry * SECTOR] as number) ^ 0x04;
  data.flashByCable(bytes);
}

test("with empty otadata the factory firmware image boots, not on trial", () => {
  expect(boot()).toMatchObject({ label: "factory", trial: false });
  expect(log).toEqual([]);
});

test("a selected firmware image boots on trial; confirmed, it stays", () => {
  put("ota_0", "4.1");
  expect(ota.select("ota_0")).toBeUndefined();
  expect(ota.describe()[0]).toEqual({ sequence: 1, state: "New", valid: true });
  expect(boot()).toMatchObject({ label: "ota_0", trial: true });
  ota.markValid("ota_0");
  expect(boot()).toMatchObject({ label: "ota_0", trial: false });
  expect(boot()).toMatchObject({ label: "ota_0", trial: false });
});

test("an unconfirmed firmware image is rolled back at the next start and not tried again", () => {
  put("ota_0", "4.1");
  ota.select("ota_0");
  boot();
  expect(boot()).toMatchObject({ label: "factory", trial: false });
  expect(log.join()).toMatch(/ota_0 was not confirmed/);
  expect(version()).toBe("4.0");
});

test("updates alternate between the slots, and each rollback returns to the previous one", () => {
  put("ota_0", "4.1");
  put("ota_1", "4.2");
  ota.select("ota_0");
  boot();
  ota.markValid("ota_0");
  expect(ota.next("ota_0")).toBe("ota_1");
  ota.select("ota_1");
  expect(ota.describe().map((entry) => entry.sequence)).toEqual([1, 2]);
  expect(boot()).toMatchObject({ label: "ota_1", trial: true });
  expect(boot()).toMatchObject({ label: "ota_0", trial: false });
  ota.select("ota_1");
  boot();
  ota.markValid("ota_1");
  put("ota_0", "4.3");
  ota.select("ota_0");
  expect(boot()).toMatchObject({ label: "ota_0", image: { version: "4.3" }, trial: true });
});

test("the same slot can be selected again", () => {
  put("ota_1", "4.2");
  ota.select("ota_1");
  boot();
  ota.markValid("ota_1");
  put("ota_1", "4.5");
  ota.select("ota_1");
  expect(boot()).toMatchObject({ label: "ota_1", image: { version: "4.5" }, trial: true });
});

test("selecting factory forgets the slots", () => {
  put("ota_0", "4.1");
  ota.select("ota_0");
  expect(ota.select("factory")).toBeUndefined();
  expect(version()).toBe("4.0");
});

test("an invalid firmware image cannot be selected", () => {
  expect(ota.select("ota_0")).toBe("not an ESP32 application image");
  expect(version()).toBe("4.0");
});

test("a firmware image damaged after its selection is skipped", () => {
  put("ota_0", "4.1");
  put("ota_1", "4.2");
  ota.select("ota_0");
  boot();
  ota.markValid("ota_0");
  flash.partition("ota_0").program(600, Buffer.alloc(16));
  expect(boot()).toMatchObject({ label: "factory", trial: false });
  expect(log.join()).toMatch(/ota_0 cannot run: the image is damaged/);
});

test("without a factory firmware image the next slot boots; without any, none does", () => {
  flash.partition("factory").erase(0, 1);
  put("ota_1", "4.2");
  expect(boot()).toMatchObject({ label: "ota_1" });
  flash.partition("ota_1").erase(0, 1);
  expect(boot()).toBeUndefined();
});

test.each([0, 1])("with entry %d damaged the other one counts", (entry) => {
  put("ota_0", "4.1");
  put("ota_1", "4.2");
  ota.select("ota_0");
  boot();
  ota.markValid("ota_0");
  ota.select("ota_1");
  boot();
  ota.markValid("ota_1");
  corrupt(entry);
  expect(version()).toBe(entry === 1 ? "4.1" : "4.2");
});

test("with both entries damaged the factory firmware image boots", () => {
  put("ota_0", "4.1");
  ota.select("ota_0");
  corrupt(0);
  expect(version()).toBe("4.0");
});

test("power cut at every operation from selection to confirmation: a firmware image always boots, and the update can be repeated", () => {
  let n = 0;
  for (; ; n++) {
    flash.partition("otadata").flashByCable(Buffer.alloc(0));
    put("ota_0", "4.1");
    put("ota_1", "4.2");
    ota.select("ota_0");
    boot();
    ota.markValid("ota_0");
    cut.arm({ after: n, on: "flash" });
    let done = false;
    try {
      ota.select("ota_1");
      boot();
      ota.markValid("ota_1");
      done = true;
    } catch (error) {
      expect(error).toBeInstanceOf(PowerLost);
    }
    cut.arm(undefined);
    expect(["4.0", "4.1", "4.2"]).toContain(version());
    expect(ota.select("ota_1")).toBeUndefined();
    expect(version()).toBe("4.2");
    if (done) break;
  }
  expect(n).toBe(6); // erase and program, for selection, start of the trial, confirmation
});
