// SPDX-License-Identifier: Apache-2.0
import { Rig } from "./picture-rig";

test.each([
  ["imageRaw", "raw", "attachment", "raw", { "X-Scale": "0.01" }],
  ["imageNpy", "npy", "attachment", "npy", { "X-Scale": "0.01" }],
  ["imageTiff", "tiff", "attachment", "tiff", {}],
  ["imagePng16", "png16", "inline", "png", {}],
  ["imageCsv", "csv", "attachment", "csv", {}],
] as const)("%s is a file of the next frame in format %s", (route, format, kind, extension, scale) => {
  const rig = new Rig();
  rig.feed.emit();
  const exchange = rig.get(route);
  const frame = rig.feed.emit({ captured: 250, resolution: 1 });
  const [file] = rig.files;
  expect(exchange.status).toBe(200);
  expect(exchange.answer?.body).toEqual({ source: file, length: 38_400 });
  expect(exchange.fields).toEqual({
    "Content-Disposition": `${kind}; filename="tcam-20261129-101112.${extension}"`,
    ...scale,
  });
  expect(file?.options).toMatchObject({
    format,
    centikelvin: 1,
    date: "2026:11:29 10:11:12",
    software: "tCam-Mini 4.1",
  });
  expect(JSON.parse(file?.options?.description ?? "")).toEqual({
    unit: "celsius",
    scale: 0.01,
    min: 16.85,
    max: 37,
    emissivity: 0.95,
    time: "2026-11-29T10:11:12.250",
    sequence: 2,
  });
  expect([frame.copies.length, frame.copies[0]?.closed]).toEqual([1, 1]);
  expect(file?.frame).toBe(frame.copies[0]);
  exchange.answer?.onSent?.();
  expect(file?.stops).toBe(1);
  expect([rig.feed.sinks.size, rig.timers.pending]).toEqual([0, 0]);
});

test.each(["imageRaw", "imageNpy"] as const)("%s states the kelvin of a count, and none with AGC", (route) => {
  for (const [facts, scale] of [
    [{ resolution: 1 }, "0.01"],
    [{ resolution: 0 }, "0.1"],
    [{ agc: true }, undefined],
  ] as const) {
    const rig = new Rig();
    const exchange = rig.get(route);
    rig.feed.emit(facts);
    expect(exchange.fields?.["X-Scale"]).toBe(scale);
  }
});

test("a PNG with a palette has the range of its query", () => {
  const rig = new Rig();
  rig.get("snapshotPng", { palette: "lava", min: 20 });
  rig.feed.emit({ resolution: 1 });
  expect(rig.files[0]?.options).toMatchObject({ format: "png8", palette: "lava", low: 29_315, high: 30_815 });
  expect(JSON.parse(rig.files[0]?.options?.description ?? "")).toMatchObject({ range: [20, 35] });
});

test("with AGC a file has counts, and says so", () => {
  const rig = new Rig();
  rig.get("imageTiff");
  rig.feed.emit({ agc: true });
  expect(rig.files[0]?.options?.centikelvin).toBe(0);
  expect(JSON.parse(rig.files[0]?.options?.description ?? "")).toMatchObject({ unit: "count", min: 29_000 });
});

test("the .tjsn is the image message without its delimiters", () => {
  const rig = new Rig();
  const exchange = rig.get("imageTjsn");
  const frame = rig.feed.emit({ captured: 250 });
  const [encoder] = rig.images;
  const { length } = exchange.answer?.body as { length: number };
  const text = new Uint8Array(length);
  expect(encoder?.read(text)).toBe(length);
  const message = JSON.parse(new TextDecoder().decode(text)) as Record<string, unknown>;
  expect(Object.keys(message)).toEqual(["metadata", "radiometric", "telemetry"]);
  expect(message["metadata"]).toMatchObject({ Camera: "tCam-Mini-EFB5", Model: 262_146, Version: "4.1" });
  expect(exchange.fields).toEqual({ "Content-Disposition": 'attachment; filename="tcam-20261129-101112.tjsn"' });
  exchange.answer?.onSent?.();
  expect(encoder?.read(new Uint8Array(1))).toBe(0);
  expect(frame.copies[0]?.closed).toBe(1);
});

test("Thermal Vision gets temperatures, or 409 with AGC", () => {
  const rig = new Rig();
  const first = rig.get("thermalVision");
  rig.feed.emit({ resolution: 1 });
  expect([first.status, first.fields, rig.files[0]?.options?.format]).toEqual([200, {}, "json"]);
  const second = rig.get("thermalVision");
  const frame = rig.feed.emit({ agc: true });
  expect([second.status, second.reason]).toEqual([409, "the frame has no temperatures, as with AGC"]);
  expect(frame.copies[0]?.closed).toBe(1);
});

test("without a frame a file fails with the camera's outage; without memory for a copy it fails at once", async () => {
  const rig = new Rig();
  const first = rig.get("imageRaw");
  rig.feed.reason = "the Lepton does not answer";
  await rig.timers.advance(5000);
  expect([first.status, first.reason]).toEqual([503, "the Lepton does not answer"]);
  const second = rig.get("imageRaw");
  rig.feed.emit({ uncopied: true });
  expect([second.status, second.reason]).toEqual([503, "no memory to copy a frame"]);
  expect([rig.feed.sinks.size, rig.timers.pending]).toEqual([0, 0]);
});

test("a client that leaves while it waits costs no file", () => {
  const rig = new Rig();
  rig.get("imageCsv").lose();
  expect([rig.feed.sinks.size, rig.timers.pending]).toEqual([0, 0]);
  rig.feed.emit();
  expect(rig.files).toEqual([]);
});
