// SPDX-License-Identifier: Apache-2.0
import { run } from "../platform/run";
import { boardWith, FakeSensor, OPEN } from "../vospi/vospi-board";

/** Options of every format, and a reader in pieces of `size`. */
const FILES = `
  import { FrameFile } from "modules/image/frame-file";
  const usual = { centikelvin: 1, palette: "iron", low: 0, high: 100, description: "{}", date: "2026:11:29 10:11:12", software: "tCam-Mini 4.1" };
  const readAll = (file, length, size) => {
    const bytes = new Uint8Array(length + 100);
    let at = 0, count;
    do {
      count = file.read(bytes.subarray(at, Math.min(at + size, bytes.length)));
      at += count;
    } while (count);
    return bytes.subarray(0, at);
  };
`;

test("a file has its length in pieces of any size, when its frame is closed after the start", async () => {
  const board = await boardWith(new FakeSensor(30));
  const script = run(
    `${OPEN}${FILES}
    const file = new FrameFile();
    const vospi = open({ onReadable() {
      const frame = this.read();
      this.close();
      for (const format of ["raw", "npy", "tiff", "png16", "png8", "csv", "json"]) {
        const copy = frame.copy();
        const length = file.start(copy, { ...usual, format });
        copy.close();
        const whole = readAll(file, length, length);
        file.start(frame, { ...usual, format });
        const pieces = readAll(file, length, 777);
        say(format, length, whole.length === length, pieces.length === length, pieces.every((byte, i) => byte === whole[i]));
      }
      file.start(frame, { ...usual, format: "csv", centikelvin: 0 });
      say(String.fromArrayBuffer(readAll(file, 38400, 1000).slice(0, 8).buffer));
      frame.close();
    } });
    vospi.start();
    `,
    { env: board.env },
  );
  for (const [format, length] of Object.entries({
    raw: 38400,
    npy: 38528,
    tiff: 38620,
    png16: 38624,
    png8: 20208,
    csv: 19200 * 8,
    json: 19200 * 8 + 10,
  })) {
    const [name, size, ...rest] = (await script.line()).split(" ");
    expect([name, rest.join()]).toEqual([format, "true,true,true"]);
    expect([format, Math.abs(Number(size) - length) < 60]).toEqual([format, true]);
  }
  expect(await script.line()).toBe("1,1,1,1,");
  expect(await script.ended).toBe(0);
});

test("a stopped or finished file gives its frame's slot back", async () => {
  const board = await boardWith(new FakeSensor(30));
  const script = run(
    `${OPEN}${FILES}
    const files = [new FrameFile(), new FrameFile()];
    let frames = 0;
    const vospi = open({ slots: 2, onReadable() {
      const frame = this.read();
      if (++frames === 4) {
        say("four frames", files[0].read(new Uint8Array(10)));
        this.close();
        return;
      }
      const length = files[0].start(frame, { ...usual, format: "raw" });
      frame.close();
      if (frames % 2) files[0].stop();
      else say(readAll(files[0], length, 5000).length);
    } });
    vospi.start();
    `,
    { env: board.env },
  );
  expect(await script.line()).toBe("38400");
  expect(await script.line()).toBe("four frames 0");
  expect(await script.ended).toBe(0);
});

test("a file with options out of their range is an error, and holds no frame", async () => {
  const board = await boardWith(new FakeSensor(30));
  const script = run(
    `${OPEN}${FILES}
    const file = new FrameFile();
    const bad = [
      { format: "bmp" }, { palette: "grey" }, { low: 100 }, { low: -1 }, { high: 65536 }, { high: undefined }, { centikelvin: 11 },
      { description: "x".repeat(513) }, { date: "2026" }, { software: "x".repeat(32) }, { software: undefined },
    ];
    const vospi = open({ onReadable() {
      const frame = this.read();
      this.close();
      for (const change of bad) say(fails(() => file.start(frame, { ...usual, format: "png8", ...change })));
      frame.close();
      say(fails(() => file.start(frame, { ...usual, format: "raw" })), file.read(new Uint8Array(1)));
      say(fails(() => file.start(frame)) !== "no error", fails(() => file.start({}, { ...usual, format: "raw" })) !== "no error");
    } });
    vospi.start();
    `,
    { env: board.env },
  );
  for (const error of [
    "RangeError: format: no format is named bmp",
    "RangeError: palette: no palette is named grey",
    "RangeError: high: expected 101 to 65535",
    "RangeError: low: expected 0 to 65534",
    "RangeError: high: expected 1 to 65535",
    "Error: high is missing",
    "RangeError: centikelvin: expected 0 to 10",
    "RangeError: description: expected a string of 0 to 512 bytes",
    "RangeError: date: expected YYYY:MM:DD HH:MM:SS",
    "RangeError: software: expected a string of 0 to 31 bytes",
    "RangeError: software: expected a string of 0 to 31 bytes",
    "TypeError: frame is closed 0",
    "true true",
  ])
    expect(await script.line()).toBe(error);
  expect(await script.ended).toBe(0);
});
