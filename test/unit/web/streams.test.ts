// SPDX-License-Identifier: Apache-2.0
import { ExchangeClosed } from "modules/web/exchange";
import { FakeExchange, Rig, VIEW } from "./picture-rig";

const EVERY = { ...VIEW, fps: 9 };
const sequences = ({ transport }: FakeExchange<unknown>): number[] => transport.parts.map(({ sequence }) => sequence);

/** A frame that is encoded and taken by the client. */
async function picture(rig: Rig, ...viewers: readonly FakeExchange<unknown>[]): Promise<void> {
  await rig.timers.advance(114);
  rig.feed.emit({ captured: rig.timers.now() });
  rig.encoder.finish();
  for (const { transport } of viewers) transport.taken();
}

test("a stream begins with a boundary; each part has type, length and time, and ends with the next boundary", async () => {
  const rig = new Rig();
  const exchange = rig.get("stream", EVERY);
  await picture(rig, exchange);
  await picture(rig, exchange);
  const head = (seconds: string): string =>
    `Content-Type: image/jpeg\r\nContent-Length: 2535\r\nX-Timestamp: ${seconds}\r\n\r\n`;
  expect(exchange.status).toBe(200);
  expect(exchange.transport.parts.map(({ head, tail }) => [head, tail])).toEqual([
    [`--frame\r\n${head("1795947072.114")}`, "\r\n--frame\r\n"],
    [head("1795947072.228"), "\r\n--frame\r\n"],
  ]);
});

test("a viewer that takes pictures at once gets every frame", async () => {
  const rig = new Rig();
  const exchange = rig.get("stream", EVERY);
  for (let i = 0; i < 20; i++) await picture(rig, exchange);
  expect(sequences(exchange)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
});

test("viewers with the same options share each picture", async () => {
  const rig = new Rig();
  const viewers = [rig.get("stream", EVERY), rig.get("stream", { ...EVERY })];
  for (let i = 0; i < 3; i++) await picture(rig, ...viewers);
  expect(rig.encoder.jobs).toEqual(["1 iron", "2 iron", "3 iron"]);
  expect(viewers.map(sequences)).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ]);
});

test("a viewer that becomes free while a picture's frame is the newest gets the same picture", async () => {
  const rig = new Rig();
  const viewers = [rig.get("stream", EVERY), rig.get("stream", EVERY)];
  await picture(rig, viewers[0] as FakeExchange<unknown>);
  await picture(rig, viewers[0] as FakeExchange<unknown>);
  viewers[1]?.transport.taken();
  expect(rig.encoder.jobs).toEqual(["1 iron", "2 iron"]);
  expect(viewers.map(sequences)).toEqual([
    [1, 2],
    [1, 2],
  ]);
});

test("a late viewer gets the newest picture when it has acknowledged all of the last one, and never an old one", async () => {
  const rig = new Rig();
  const exchange = rig.get("stream", EVERY);
  await rig.timers.advance(114);
  rig.feed.emit();
  rig.encoder.finish();
  for (let i = 0; i < 3; i++) {
    await rig.timers.advance(114);
    rig.feed.emit();
  }
  exchange.transport.taken(false);
  expect(rig.encoder.jobs).toEqual(["1 iron"]);
  exchange.transport.acknowledge();
  rig.encoder.finish();
  expect(sequences(exchange)).toEqual([1, 4]);
});

test("fps is the most; the times lie on a grid, and a missed one is skipped", async () => {
  const rig = new Rig();
  const exchange = rig.get("stream", { ...VIEW, fps: 2 });
  const times: number[] = [];
  for (let i = 0; i < 100; i++) {
    await rig.timers.advance(20);
    if (i % 5 === 0) rig.feed.emit();
    if (exchange.transport.parts.length === times.length && rig.encoder.jobs.length > times.length) {
      rig.encoder.finish();
      times.push(rig.timers.now());
      exchange.transport.taken();
    }
  }
  expect(times).toEqual([20, 500, 1000, 1500, 2000]);
});

test("nothing is encoded without a viewer, and the last picture is freed with the last viewer", async () => {
  const rig = new Rig();
  const viewers = [rig.get("stream", EVERY), rig.get("stream", EVERY)];
  await picture(rig, ...viewers);
  viewers[0]?.transport.events?.onClosed();
  expect(rig.encoder.pictures[0]?.closed).toBe(false);
  viewers[1]?.transport.events?.onEnd();
  expect(rig.encoder.pictures[0]?.closed).toBe(true);
  expect(viewers.map(({ transport }) => transport.closed)).toEqual([true, true]);
  expect(rig.sources.map(({ stops }) => stops)).toEqual([1, 1]);
  rig.feed.emit();
  expect(rig.encoder.jobs).toEqual(["1 iron"]);
  expect([rig.feed.sinks.size, rig.timers.pending]).toEqual([0, 0]);
});

test("a viewer that ends while its picture is encoded or sent, or while it waits, leaves nothing behind", async () => {
  const rig = new Rig();
  const encoding = rig.get("stream", EVERY);
  rig.feed.emit();
  encoding.transport.events?.onClosed();
  rig.encoder.finish();
  expect(encoding.transport.parts).toEqual([]);
  const sending = rig.get("stream", EVERY);
  expect(sending.transport.parts).toEqual([]);
  rig.encoder.finish();
  sending.transport.events?.onClosed();
  const waiting = rig.get("stream", { ...VIEW, fps: 1 });
  await picture(rig, waiting);
  expect(rig.timers.pending).toBe(1);
  waiting.transport.events?.onEnd();
  expect([rig.feed.sinks.size, rig.timers.pending]).toEqual([0, 0]);
  expect(rig.encoder.pictures.every(({ closed }) => closed)).toBe(true);
});

test("what a viewer sends is dropped", () => {
  const rig = new Rig();
  const { transport } = rig.get("stream", EVERY);
  transport.input = Array.from({ length: 200 }, () => 65);
  transport.events?.onReadable();
  expect(transport.input).toEqual([]);
});

test("a stream without memory for pictures ends, so that its viewer connects again", async () => {
  const rig = new Rig();
  const exchange = rig.get("stream", EVERY);
  await rig.timers.advance(114);
  rig.feed.emit();
  rig.encoder.finish(0);
  expect(exchange.transport.closed).toBe(true);
});

test("during an outage a stream does not begin; one that began goes on after it", async () => {
  const rig = new Rig();
  const exchange = rig.get("stream", EVERY);
  await picture(rig, exchange);
  rig.feed.reason = "no image from the Lepton for 6 s";
  const refused = rig.get("stream", EVERY);
  expect([refused.status, refused.reason]).toEqual([503, "no image from the Lepton for 6 s"]);
  await rig.timers.advance(60_000);
  rig.feed.reason = undefined;
  await picture(rig, exchange);
  expect(sequences(exchange)).toEqual([1, 2]);
});

test("while the link is short a stream sends one picture a second, and every frame again afterwards", async () => {
  const rig = new Rig();
  const exchange = rig.get("stream", EVERY);
  await picture(rig, exchange);
  rig.shortUntil = 3000;
  const times: number[] = [];
  for (let i = 0; i < 40; i++) {
    await rig.timers.advance(114);
    rig.feed.emit();
    if (rig.encoder.jobs.length === exchange.transport.parts.length) continue;
    rig.encoder.finish();
    exchange.transport.taken();
    times.push(rig.timers.now());
  }
  expect(times.slice(0, 6)).toEqual([1140, 2166, 3078, 3192, 3306, 3420]);
});

test("a stream whose connection is lost at its start keeps no picture", async () => {
  const rig = new Rig();
  const lost = new FakeExchange(EVERY);
  lost.stream = () => {
    throw new ExchangeClosed("gone");
  };
  expect(() => rig.handlers.stream(lost)).toThrow(ExchangeClosed);
  rig.get("snapshot", VIEW);
  await picture(rig);
  expect(rig.encoder.pictures.map(({ closed }) => closed)).toEqual([true]);
});
