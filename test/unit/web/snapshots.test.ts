// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROUTES } from "modules/web/routes";
import { readPalettes } from "../../../tools/palettes";
import { Rig, VIEW } from "./picture-rig";

const comment = (rig: Rig): unknown => JSON.parse(rig.encoder.pictures.at(-1)?.comment ?? "");

test("a snapshot is of the next frame, not of one before the request", () => {
  const rig = new Rig();
  rig.feed.emit();
  const exchange = rig.get("snapshot", VIEW);
  expect(exchange.status).toBeUndefined();
  rig.feed.emit({ captured: 1500 });
  rig.encoder.finish(2535);
  expect(rig.encoder.jobs).toEqual(["2 iron"]);
  expect(exchange.status).toBe(200);
  expect(exchange.answer?.body).toEqual({ source: rig.sources[0], length: 2535 });
  expect(exchange.fields).toEqual({ "Content-Disposition": 'inline; filename="tcam-20261129-101113.jpg"' });
  expect(rig.sources[0]?.started).toMatchObject({ head: "", tail: "" });
  exchange.answer?.onSent?.();
  expect(rig.sources[0]?.stops).toBe(1);
});

test("the comment states unit, extremes, range, emissivity and time as JSON", () => {
  const rig = new Rig();
  rig.get("snapshot", VIEW);
  rig.feed.emit({ captured: 250 });
  rig.encoder.finish();
  expect(comment(rig)).toEqual({
    unit: "celsius",
    scale: 0.1,
    min: 2626.85,
    max: 2828.35,
    range: [2638.35, 2808.35],
    emissivity: 0.95,
    time: "2026-11-29T10:11:12.250",
    sequence: 1,
  });
  rig.get("snapshot", VIEW);
  rig.feed.emit({ agc: true });
  rig.encoder.finish();
  expect(comment(rig)).toMatchObject({ unit: "count", min: 29_000, max: 31_015, range: [29_115, 30_815] });
  expect(comment(rig)).not.toHaveProperty("scale");
});

test.each([
  [{}, {}, [29_115, 30_815]],
  [{ min: 20, max: 30 }, { resolution: 1 as const }, [29_315, 30_315]],
  [{ min: 20.5 }, { resolution: 1 as const }, [29_365, 30_815]],
  [{ max: 2700 }, {}, [29_115, 29_732]],
  [{ min: 3000, max: 20 }, {}, [32_732, 32_733]],
  [{ min: -273, max: 65_535 }, {}, [2, 65_535]],
  [{ min: 10, max: 200 }, { agc: true }, [10, 200]],
  [{ min: 65_535 }, { agc: true }, [65_534, 65_535]],
])("the range %j of a frame with %j is %j in counts", (range, facts, counts) => {
  const rig = new Rig();
  rig.get("snapshot", { ...VIEW, ...range });
  rig.feed.emit(facts);
  rig.encoder.finish();
  const { low, high } = rig.encoder.pictures[0]?.options ?? {};
  expect([low, high]).toEqual(counts);
});

test("requests with the same options share a picture; others get their own, of the newest frame by then", () => {
  const rig = new Rig();
  const same = [rig.get("snapshot", VIEW), rig.get("snapshot", { ...VIEW })];
  const other = rig.get("snapshot", { ...VIEW, palette: "lava" });
  rig.feed.emit();
  const late = rig.get("snapshot", VIEW);
  rig.feed.emit();
  rig.encoder.finish();
  expect(same.map(({ status }) => status)).toEqual([200, 200]);
  expect([other.status, late.status]).toEqual([undefined, undefined]);
  rig.encoder.finish();
  rig.encoder.finish();
  expect(rig.encoder.jobs).toEqual(["1 iron", "2 lava", "2 iron"]);
  expect([other.status, late.status]).toEqual([200, 200]);
  expect(rig.feed.sinks.size).toBe(0);
});

test("an overlay marks the extremes and the spot meter with their temperatures; without temperatures nothing", () => {
  const rig = new Rig();
  const marks = (): unknown => rig.encoder.pictures.at(-1)?.options.marks;
  rig.get("snapshot", { ...VIEW, overlay: 1 });
  rig.feed.emit({ resolution: 1 });
  rig.encoder.finish();
  expect(marks()).toEqual([
    { left: 0, top: 0, right: 0, bottom: 0, colour: 2, text: "16.9" },
    { left: 1, top: 1, right: 1, bottom: 1, colour: 1, text: "37.0" },
    { left: 79, top: 59, right: 80, bottom: 60, colour: 0, text: "0.0" },
  ]);
  rig.get("snapshot", { ...VIEW, overlay: 1 });
  rig.feed.emit({ agc: true });
  rig.encoder.finish();
  expect(marks()).toEqual([]);
  rig.get("snapshot", VIEW);
  rig.feed.emit({ resolution: 1 });
  rig.encoder.finish();
  expect(marks()).toBeUndefined();
});

test("a picture with overlay is not shared with one without", () => {
  const rig = new Rig();
  rig.get("snapshot", VIEW);
  rig.get("snapshot", { ...VIEW, overlay: 1 });
  rig.feed.emit();
  rig.encoder.finish();
  rig.encoder.finish();
  expect(rig.encoder.pictures.map(({ options }) => options.marks?.length)).toEqual([undefined, 3]);
});

test("without a frame a snapshot fails with the camera's outage after 5 s", async () => {
  const rig = new Rig();
  const exchange = rig.get("snapshot", VIEW);
  rig.feed.reason = "the Lepton does not answer";
  await rig.timers.advance(4999);
  expect(exchange.status).toBeUndefined();
  await rig.timers.advance(1);
  expect([exchange.status, exchange.reason]).toEqual([503, "the Lepton does not answer"]);
  expect(exchange.fields).toEqual({ "Retry-After": "1" });
  rig.feed.emit();
  expect(() => rig.encoder).toThrow();
  expect([rig.feed.sinks.size, rig.timers.pending]).toEqual([0, 0]);
});

test("an FFC extends the wait to 15 s", async () => {
  const rig = new Rig();
  const exchange = rig.get("snapshot", VIEW);
  await rig.timers.advance(14_999);
  expect(exchange.status).toBeUndefined();
  await rig.timers.advance(250);
  expect([exchange.status, exchange.reason]).toEqual([503, "no image from the Lepton"]);
});

test("a client that leaves costs no picture", () => {
  const rig = new Rig();
  rig.get("snapshot", VIEW).lose();
  rig.feed.emit();
  expect(() => rig.encoder).toThrow();
  expect([rig.feed.sinks.size, rig.timers.pending]).toEqual([0, 0]);
});

test("a client that leaves while its picture is encoded gets nothing, and the picture is closed", () => {
  const rig = new Rig();
  const exchange = rig.get("snapshot", VIEW);
  rig.feed.emit();
  exchange.lose();
  rig.encoder.finish();
  expect(exchange.status).toBeUndefined();
  expect(rig.timers.pending).toBe(0);
  rig.get("snapshot", VIEW);
  rig.feed.emit();
  rig.encoder.finish();
  expect(rig.encoder.pictures.map(({ closed }) => closed)).toEqual([true, true]);
});

test("an encoder without memory fails its requests, and the next one is served", () => {
  const rig = new Rig();
  const first = rig.get("snapshot", VIEW);
  rig.feed.emit();
  rig.encoder.finish(0);
  expect([first.status, first.reason]).toEqual([503, "no memory for a picture"]);
  const second = rig.get("snapshot", VIEW);
  rig.encoder.failure = new Error("no memory for a worker");
  rig.feed.emit();
  expect([second.status, second.reason]).toEqual([503, "no memory for a worker"]);
  rig.encoder.failure = undefined;
  const third = rig.get("snapshot", VIEW);
  rig.feed.emit();
  rig.encoder.finish();
  expect(third.status).toBe(200);
});

test("route table and page of documentation name the palettes of palette.c", () => {
  const names = readPalettes().map(([name]) => name);
  expect(ROUTES.snapshot.query.palette.values).toEqual(names);
  const documented = readFileSync(join(__dirname, "../../../docs/web.md"), "utf8");
  expect(documented).toContain(`| \`palette\` | ${names.map((name) => `\`${name}\``).join(", ")} |`);
});
