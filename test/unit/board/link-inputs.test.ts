// SPDX-License-Identifier: Apache-2.0
/** Anything that a broken firmware may send over the board link. */
import fc from "fast-check";
import { type Bench, LinkClient, makeBench, settle, u32 } from "./fixture";

/** What opens each channel of the link. */
const OPENINGS: readonly Readonly<Record<string, unknown>>[] = [
  { open: "system" },
  { open: "i2c", data: 23, clock: 22, hz: 100_000 },
  { open: "spi", clock: 5, in: 19, select: 12, vsync: 13, hz: 16_000_000, mode: 3 },
  { open: "digital", pin: 14, mode: "output", level: 1 },
  { open: "digital", pin: 0, mode: "pull-up" },
  { open: "serial", transmit: 27, receive: 26, baud: 230_400 },
  { open: "host-spi", clock: 34, out: 33, select: 35 },
  { open: "key-value" },
  { open: "flash", path: "nextota" },
  { open: "psram" },
  { open: "radio" },
  { open: "tcp-listener", port: 5001, backlog: 2 },
  { open: "tcp", address: "192.168.4.2", port: 80, window: 1000, keepalive: 1, userTimeout: 1 },
  { open: "udp", address: "0.0.0.0", port: 5353 },
];

const number = fc.constantFrom(0, 1, 2, 14, 80, 240, 4096, 0xffff, 0x7fffffff, 0xffffffff);
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.array(number, { maxLength: 5 }).map((values) => new Uint8Array(u32(...values))),
  fc.tuple(number, fc.string({ maxLength: 20 })).map(([value, text]) => Buffer.concat([u32(value), Buffer.from(text)])),
  fc.json().map((text) => Buffer.from(`${text}\n`)),
);
const type = fc.integer({ min: 0x41, max: 0x5a }).map((code) => String.fromCharCode(code));
const message = fc.record({ type, payload, raw: fc.boolean() });
const opening = fc.constantFrom(...OPENINGS).chain((fields) =>
  fc.oneof(
    { arbitrary: fc.constant<object | string>(fields), weight: 6 },
    fc
      .tuple(fc.constantFrom(...Object.keys(fields)), fc.oneof(fc.jsonValue(), number))
      .map(([key, value]): object | string => ({ ...fields, [key]: value })),
    fc.json(),
  ),
);

async function send(
  bench: Bench,
  first: object | string,
  messages: { type: string; payload: Uint8Array; raw: boolean }[],
) {
  const client = await LinkClient.open(bench.socket, first);
  for (const { type: letter, payload: bytes, raw } of messages) {
    if (raw) client.write(bytes);
    else client.send(letter, bytes);
  }
  await settle();
  bench.time.pass(20);
  await settle();
  return client;
}

test("whatever a firmware sends, its connection is answered or closed, and the board goes on", async () => {
  let opened = 0;
  let refused = 0;
  const connection = fc.tuple(opening, fc.array(message, { maxLength: 6 }));
  await fc.assert(
    fc.asyncProperty(fc.array(connection, { minLength: 20, maxLength: 30 }), async (connections) => {
      const bench = await makeBench();
      try {
        for (const [first, messages] of connections) {
          const client = await send(bench, first, messages);
          if (client.answer["ok"] === true) opened += 1;
          else refused += 1;
          client.close();
          await settle();
        }
        const last = await LinkClient.open(bench.socket, { open: "digital", pin: 15, mode: "output" });
        expect(last.answer).toMatchObject({ ok: true });
        last.close();
      } finally {
        await bench.close();
      }
    }),
    { numRuns: 12 },
  );
  expect(opened).toBeGreaterThan(20);
  expect(refused).toBeGreaterThan(5);
});
