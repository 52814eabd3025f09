// SPDX-License-Identifier: Apache-2.0
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AtomicFile, FileError, writeFileAtomically } from "../../../tools/tcam/atomic-file";
import { ImageError, ThermalImage } from "../../../tools/tcam/image";
import { MovieFile } from "../../../tools/tcam/record";
import { fixture } from "./tcam";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tcam-files-"));
  path = join(folder, "file");
});
afterEach(() => rmSync(folder, { recursive: true }));
const content = (): string => readFileSync(path, "utf8");

describe("an atomic file", () => {
  test("replaces the old content at commit and not before", () => {
    writeFileSync(path, "old");
    const file = new AtomicFile(path);
    file.write(Buffer.from("ne"));
    file.write(Buffer.from("w"));
    expect(content()).toBe("old");
    file.commit();
    expect(content()).toBe("new");
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  test("leaves no file when it is discarded", () => {
    const file = new AtomicFile(path);
    file.write(Buffer.from("new"));
    file.discard();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("leaves no temporary file when the commit fails", () => {
    const file = new AtomicFile(path);
    mkdirSync(join(path, "in the way"), { recursive: true });
    expect(() => file.commit()).toThrow(FileError);
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  test("keeps the permissions of the file it replaces", () => {
    writeFileSync(path, "old");
    chmodSync(path, 0o600);
    writeFileAtomically(path, Buffer.from("new"));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("replaces the target of a link, not the link", () => {
    const target = join(folder, "target");
    writeFileSync(target, "old");
    symlinkSync("target", path);
    writeFileAtomically(path, Buffer.from("new"));
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(readFileSync(target, "utf8")).toBe("new");
  });

  test("can have a name of the maximum length", () => {
    path = join(folder, "n".repeat(255));
    writeFileAtomically(path, Buffer.from("new"));
    expect(content()).toBe("new");
  });

  test("writes to a device directly and never replaces it", () => {
    writeFileAtomically("/dev/null", Buffer.from("new"));
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
    expect(() => writeFileAtomically("/dev/full", Buffer.from("new"))).toThrow(
      new FileError("/dev/full", "no space left on device"),
    );
    expect(statSync("/dev/full").isCharacterDevice()).toBe(true);
  });

  test.each([
    ["a folder that is missing", "missing/file", "no such file or directory"],
    ["a folder", ".", "it is a folder"],
  ])("%s is an error with its reason", (_, name, reason) => {
    path = join(folder, name);
    expect(() => new AtomicFile(path)).toThrow(new FileError(path, reason));
  });
});

describe("a movie", () => {
  test("is images and a video_info, each with the terminator that the tCam applications expect", () => {
    const movie = new MovieFile(path);
    movie.add(fixture);
    movie.add(fixture);
    movie.close();
    const parts = content().split("\x03");
    expect(parts.slice(0, 2)).toEqual([fixture, fixture]);
    const { Time, Date } = new ThermalImage(fixture).metadata;
    expect(JSON.parse(parts[2] ?? "")).toEqual({
      video_info: { start_time: Time, start_date: Date, end_time: Time, end_date: Date, num_frames: 2, version: 1 },
    });
  });

  test("without images keeps the old file", () => {
    writeFileSync(path, "old");
    new MovieFile(path).close();
    expect(content()).toBe("old");
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  test("without images creates no file", () => {
    new MovieFile(path).close();
    expect(existsSync(path)).toBe(false);
  });

  test("keeps the images before an invalid one", () => {
    const movie = new MovieFile(path);
    movie.add(fixture);
    expect(() => movie.add('{"radiometric":""}')).toThrow(ImageError);
    movie.close();
    expect(content().split("\x03")).toHaveLength(2);
    expect(content()).toContain('"num_frames":1');
  });
});
