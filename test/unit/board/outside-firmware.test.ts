// SPDX-License-Identifier: Apache-2.0
/** A firmware that somebody else starts: the board takes it as it comes and goes. */
import { OutsideFirmware } from "../../../simulator/board/outside-firmware";
import { type Bench, LinkClient, makeBench, settle } from "./fixture";

let bench: Bench;
beforeEach(async () => {
  const outside = new OutsideFirmware();
  bench = await makeBench({ launch: outside.launch, onFirmwareGone: () => outside.gone() });
});
afterEach(() => bench.close());

const open = (what: object): Promise<LinkClient> => LinkClient.open(bench.socket, what);

test("it finds a board that waits for it, as after power-on", async () => {
  expect(bench.board.chip.state).toBe("running");
  expect((await open({ open: "system" })).answer).toMatchObject({ ok: true, resetCause: "power-on", crashes: 0 });
});

test("when the last of its connections is closed the board starts anew, and waits again", async () => {
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

test("a reset closes its connections, and the next one finds its cause", async () => {
  const system = await open({ open: "system" });
  await bench.board.reset();
  await system.closed;
  expect((await open({ open: "system" })).answer).toMatchObject({ ok: true, resetCause: "reset-pin" });
});

test("without power there is no board for it; with power there is", async () => {
  const system = await open({ open: "system" });
  await bench.board.powerOff();
  await system.closed;
  expect((await open({ open: "system" })).answer).toEqual({});
  await bench.board.powerOn();
  expect((await open({ open: "system" })).answer).toMatchObject({ ok: true, resetCause: "power-on" });
});

test("the watchdog leaves it alone: a debugger may have stopped it", async () => {
  const system = await open({ open: "system" });
  system.send("W");
  await settle();
  bench.time.pass(120_000);
  await settle();
  expect(bench.board.chip.starts).toBe(1);
});
