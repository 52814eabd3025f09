// SPDX-License-Identifier: Apache-2.0
/** A firmware that is started outside: the board accepts it when it connects, and restarts when it has ended. */
import { type Bench, LinkClient, makeOutsideBench, settle } from "./fixture";

let bench: Bench;
beforeEach(async () => {
  bench = await makeOutsideBench();
});
afterEach(() => bench.close());

const open = (what: object): Promise<LinkClient> => LinkClient.open(bench.socket, what);

test("it finds a waiting board, as after power-on", async () => {
  expect(bench.board.chip.state).toBe("running");
  expect((await open({ open: "system" })).answer).toMatchObject({ ok: true, resetCause: "power-on", crashes: 0 });
});

test("when its last connection is closed the board restarts and waits again", async () => {
  const system = await open({ open: "system" });
  const led = await open({ open: "digital", pin: 14, mode: "output", level: 1 });
  led.close();
  await settle();
  expect(bench.board.chip.starts).toBe(1);
  system.close();
  await settle();
  expect(bench.board.chip.starts).toBe(2);
  expect((await open({ open: "system" })).answer).toMatchObject({ ok: true, resetCause: "software", crashes: 0 });
});

test("a reset closes its connections, and the next connection reads the cause", async () => {
  const system = await open({ open: "system" });
  await bench.board.reset();
  await system.closed;
  expect((await open({ open: "system" })).answer).toMatchObject({ ok: true, resetCause: "reset-pin" });
});

test("without power it cannot connect; with power it can", async () => {
  const system = await open({ open: "system" });
  await bench.board.powerOff();
  await system.closed;
  expect((await open({ open: "system" })).answer).toEqual({});
  await bench.board.powerOn();
  expect((await open({ open: "system" })).answer).toMatchObject({ ok: true, resetCause: "power-on" });
});

test("the watchdog ignores it: a debugger may have stopped it", async () => {
  const system = await open({ open: "system" });
  system.send("W");
  await settle();
  bench.time.pass(120_000);
  await settle();
  expect(bench.board.chip.starts).toBe(1);
});
