// SPDX-License-Identifier: Apache-2.0
/** The camera's storage on a full disk, and in files and folders of the wrong kind or without permission. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataDirectory, temporaryFolder } from "../../../simulator/board/data-directory";
import { seededRandom } from "../../../simulator/lepton";
import { DiskError } from "../../../simulator/board/storage/disk";
import { Flash } from "../../../simulator/board/storage/flash";
import { KeyValueStore } from "../../../simulator/board/storage/key-value-store";
import { PowerCut } from "../../../simulator/board/storage/power-cut";
import { LinkClient, makeBench } from "./fixture";

const UINT8 = 2;
const UNPRIVILEGED = 65534;

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tcam-disk-"));
  chmodSync(directory, 0o777);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const at = (...names: string[]): string => join(directory, ...names);
const flash = (): Flash => new Flash(at("flash"), new PowerCut(), seededRandom(1));
const store = (): KeyValueStore => new KeyValueStore(at("key-value.json"), new PowerCut());

/** Makes the next write to a file fail with ENOSPC. */
function fillDisk(): void {
  jest.spyOn(jest.requireActual<typeof import("node:fs")>("node:fs"), "writeSync").mockImplementationOnce(() => {
    throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", errno: -28 });
  });
}

/** The error that `work` throws. */
function refusal(work: () => unknown): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** The error that `work` throws for an ordinary user; root has all permissions. */
function userRefusal(work: () => unknown): unknown {
  if (process.geteuid?.() !== 0) return refusal(work);
  process.seteuid?.(UNPRIVILEGED);
  try {
    return refusal(work);
  } finally {
    process.seteuid?.(0);
  }
}

describe("flash", () => {
  test.each(["otadata", "factory", "ota_0", "ota_1"])(
    "%s on a full disk fails with one line and leaves no file",
    (label) => {
      flash().close();
      rmSync(at("flash", `${label}.bin`));
      fillDisk();
      const error = refusal(flash);
      expect(error).toEqual(new DiskError(`${at("flash", `${label}.bin`)}: no space left on device`));
      expect(readdirSync(at("flash")).filter((name) => name.startsWith(label))).toEqual([]);
      flash().close();
    },
  );

  test("a folder in place of a partition's file stays; the error says that it is not a file", () => {
    mkdirSync(at("flash", "ota_1.bin"), { recursive: true });
    expect(refusal(flash)).toEqual(new DiskError(`${at("flash", "ota_1.bin")}: not a file`));
    expect(existsSync(at("flash", "ota_1.bin"))).toBe(true);
  });

  test("a file in place of the folder is an error", () => {
    writeFileSync(at("flash"), "");
    expect(refusal(flash)).toEqual(new DiskError(`${at("flash")}: not a folder`));
  });

  test.each([
    ["that is not readable", 0o200],
    ["that is not writable", 0o444],
  ])("a file %s", (_name, mode) => {
    expect(userRefusal(() => flash().close())).toBeUndefined();
    chmodSync(at("flash", "factory.bin"), mode);
    expect(userRefusal(flash)).toEqual(new DiskError(`${at("flash", "factory.bin")}: permission denied`));
  });
});

describe("key-value store", () => {
  const write = (into: KeyValueStore, value: number): void =>
    into.set("s", "k", { type: UINT8, value: Buffer.of(value) });

  test("a write on a full disk fails; the old value stays in memory and on disk, and a later write is kept", () => {
    const used = store();
    write(used, 1);
    fillDisk();
    expect(refusal(() => write(used, 2))).toEqual(new DiskError(`${at("key-value.json")}: no space left on device`));
    expect(used.get("s", "k")?.value).toEqual(Buffer.of(1));
    expect(store().get("s", "k")?.value).toEqual(Buffer.of(1));
    write(used, 3);
    expect(store().get("s", "k")?.value).toEqual(Buffer.of(3));
  });

  test("a delete on a full disk fails, too", () => {
    const used = store();
    write(used, 1);
    fillDisk();
    expect(refusal(() => used.delete("s", "k"))).toBeInstanceOf(DiskError);
    expect(used.get("s", "k")?.value).toEqual(Buffer.of(1));
  });

  test("a file that cannot be read does not count as damaged: it stays", () => {
    expect(userRefusal(() => write(store(), 7))).toBeUndefined();
    chmodSync(at("key-value.json"), 0o200);
    expect(userRefusal(store)).toEqual(new DiskError(`${at("key-value.json")}: permission denied`));
    chmodSync(at("key-value.json"), 0o600);
    expect(store().get("s", "k")?.value).toEqual(Buffer.of(7));
    expect(existsSync(at("key-value.json.damaged"))).toBe(false);
  });

  test("a folder of that name stays", () => {
    mkdirSync(at("key-value.json"));
    expect(refusal(store)).toEqual(new DiskError(`${at("key-value.json")}: it is a folder`));
    expect(existsSync(at("key-value.json"))).toBe(true);
  });

  test("the firmware's write on a full disk fails with the reason, and the board goes on", async () => {
    const bench = await makeBench({ directory });
    try {
      const firmware = await LinkClient.open(bench.socket, { open: "key-value" });
      const request = Buffer.from([1, 0x73, 1, 0x6b, UINT8, 5]);
      fillDisk();
      const refused = await firmware.ask("W", request);
      expect([refused.type, refused.payload.toString()]).toEqual([
        "F",
        `${at("data", "key-value.json")}: no space left on device`,
      ]);
      expect((await firmware.ask("W", request)).type).toBe("A");
      firmware.close();
    } finally {
      await bench.close();
    }
  });
});

describe("data folder", () => {
  const open = (): void => new DataDirectory(at("data")).close();

  test.each([
    ["not writable", 0o555],
    ["not searchable", 0o666],
  ])("that is %s", (_name, mode) => {
    mkdirSync(at("data"));
    chmodSync(at("data"), mode);
    expect(userRefusal(open)).toEqual(new DiskError(`${at("data", "lock")}: permission denied`));
    chmodSync(at("data"), 0o777);
    expect(userRefusal(open)).toBeUndefined();
  });

  test("whose lock is a folder", () => {
    mkdirSync(at("data", "lock"), { recursive: true });
    expect(refusal(open)).toEqual(new DiskError(`${at("data", "lock")}: it is a folder`));
  });
});

test("temporary files in a missing folder are an error", () => {
  const parent = at("nowhere");
  expect(refusal(() => temporaryFolder("tcam-", parent))).toEqual(
    new DiskError(`${parent}: no such file or directory`),
  );
});

test("a file is replaced as a whole: the old content stays until the new one is written", () => {
  const used = store();
  used.set("s", "k", { type: UINT8, value: Buffer.of(1) });
  const before = readFileSync(at("key-value.json"), "utf8");
  fillDisk();
  expect(() => used.set("s", "other", { type: UINT8, value: Buffer.of(2) })).toThrow(DiskError);
  expect(readFileSync(at("key-value.json"), "utf8")).toBe(before);
  expect(readdirSync(directory)).toEqual(["key-value.json"]);
});
