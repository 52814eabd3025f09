// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KeyValueError, KeyValueStore } from "../../../simulator/board/storage/key-value-store";
import { PowerCut, PowerLost } from "../../../simulator/board/storage/power-cut";

let directory = "";
let file = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tcam-kv-"));
  file = join(directory, "key-value.json");
});
afterEach(() => rmSync(directory, { recursive: true }));

const UINT8 = 2;

test("values and types survive a restart of the board", () => {
  const store = new KeyValueStore(file, new PowerCut());
  store.set("storage", "lep_state", { type: 0, value: Buffer.of(1, 90, 2) });
  store.set("storage", "mode", { type: UINT8, value: Buffer.of(7) });
  store.set("other", "mode", { type: 1, value: Buffer.from("text") });
  store.delete("storage", "mode");
  const again = new KeyValueStore(file, new PowerCut());
  expect(again.get("storage", "lep_state")).toEqual({ type: 0, value: Buffer.of(1, 90, 2) });
  expect(again.get("storage", "mode")).toBeUndefined();
  expect(again.get("other", "mode")).toEqual({ type: 1, value: Buffer.from("text") });
  expect(again.keys("storage")).toEqual(["lep_state"]);
  expect(again.keys("nothing")).toEqual([]);
});

test("a value does not change with the caller's buffer", () => {
  const store = new KeyValueStore(file, new PowerCut());
  const value = Buffer.of(1);
  store.set("s", "k", { type: UINT8, value });
  value[0] = 2;
  expect(store.get("s", "k")?.value).toEqual(Buffer.of(1));
});

test.each([0, 1, 2, 3])(
  "power cut at operation %d: all before it are kept, it and the later ones are not done",
  (n) => {
    const cut = new PowerCut();
    const store = new KeyValueStore(file, cut);
    store.set("s", "k", { type: UINT8, value: Buffer.of(0) });
    const cuts: string[] = [];
    cut.onCut = (kind) => cuts.push(kind);
    cut.arm({ after: n, on: "key-value" });
    const values = [10, 11, 12, 13];
    expect(() => {
      for (const value of values) store.set("s", "k", { type: UINT8, value: Buffer.of(value) });
    }).toThrow(PowerLost);
    expect(cuts).toEqual(["key-value"]);
    const kept = new KeyValueStore(file, new PowerCut()).get("s", "k")?.value[0];
    expect(kept).toBe(n === 0 ? 0 : values[n - 1]);
  },
);

test("a plan for flash does not cut the key-value store, and operations are counted", () => {
  const cut = new PowerCut();
  cut.arm({ after: 0, on: "flash" });
  new KeyValueStore(file, cut).set("s", "k", { type: UINT8, value: Buffer.of(1) });
  expect(cut.counts).toEqual({ flash: 0, "key-value": 1 });
  expect(cut.plan).toEqual({ after: 0, on: "flash" });
});

test("a damaged file is renamed and reported; the store begins empty and works", () => {
  writeFileSync(file, '{"storage":{"k":{"type":2,"value":"AA');
  const store = new KeyValueStore(file, new PowerCut());
  expect(store.damage).toMatch(/is damaged/);
  expect(store.get("storage", "k")).toBeUndefined();
  expect(readFileSync(`${file}.damaged`, "utf8")).toContain("storage");
  store.set("storage", "k", { type: UINT8, value: Buffer.of(1) });
  expect(new KeyValueStore(file, new PowerCut()).damage).toBeUndefined();
});

test("a half-written new file of a killed board does no harm", () => {
  const store = new KeyValueStore(file, new PowerCut());
  store.set("s", "k", { type: UINT8, value: Buffer.of(5) });
  writeFileSync(`${file}.new`, '{"s":');
  expect(new KeyValueStore(file, new PowerCut()).get("s", "k")?.value).toEqual(Buffer.of(5));
});

test.each([
  ["an empty key", "s", "", UINT8, 1],
  ["a key of 16 bytes", "s", "0123456789abcdef", UINT8, 1],
  ["a namespace of 16 bytes", "0123456789abcdef", "k", UINT8, 1],
  ["a uint8 of two bytes", "s", "k", UINT8, 2],
  ["a uint32 of three bytes", "s", "k", 6, 3],
  ["an unknown type", "s", "k", 10, 1],
  ["a string too long", "s", "k", 1, 4001],
])("%s is refused and nothing is stored", (_name, space, key, type, length) => {
  const store = new KeyValueStore(file, new PowerCut());
  expect(() => store.set(space, key, { type, value: Buffer.alloc(length) })).toThrow(KeyValueError);
  expect(existsSync(file)).toBe(false);
});
