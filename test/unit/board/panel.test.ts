// SPDX-License-Identifier: Apache-2.0
/** The board's front for a window that shows it: docs/board-link.md, "panel". */
import { type Bench, LinkClient, makeOutsideBench, settle } from "./fixture";

let bench: Bench;
beforeEach(async () => {
  bench = await makeOutsideBench();
});
afterEach(() => bench.close());

const open = (what: object): Promise<LinkClient> => LinkClient.open(bench.socket, what);

/** A window's connection, and the states that it was sent. */
async function openPanel(): Promise<{
  link: LinkClient;
  states: () => unknown[];
  move: (what: object) => Promise<void>;
}> {
  const link = await open({ open: "panel" });
  return {
    link,
    states: () =>
      link.raw
        .toString()
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line) as unknown),
    move: async (what) => {
      link.write(`${JSON.stringify(what)}\n`);
      await settle();
    },
  };
}

async function pass(ms: number): Promise<void> {
  bench.time.pass(ms);
  await settle();
}

test("its answer is the board's state, and each change follows", async () => {
  const { link, states } = await openPanel();
  expect(link.answer).toEqual({ ok: true, power: true, mode: "wifi", button: false, led: "off" });
  await open({ open: "digital", pin: 14, mode: "output", level: 1 });
  await pass(10);
  const shown = states().at(-1);
  expect(shown).toEqual({ power: true, mode: "wifi", button: false, led: bench.board.led.color });
  expect(bench.board.led.color).not.toBe("off");
  bench.board.mode = "serial";
  bench.board.buttonDown = true;
  await settle();
  expect(states().at(-1)).toMatchObject({ mode: "serial", button: true });
});

test("the button is down as long as it is pressed", async () => {
  const { move } = await openPanel();
  await move({ button: true });
  await pass(1_000);
  expect(bench.board.buttonDown).toBe(true);
  await move({ button: false });
  expect(bench.board.buttonDown).toBe(false);
});

test("a click presses it for 200 ms, which the camera detects", async () => {
  const { move } = await openPanel();
  await move({ button: true });
  await move({ button: false });
  await pass(190);
  expect(bench.board.buttonDown).toBe(true);
  await pass(20);
  expect(bench.board.buttonDown).toBe(false);
});

test("a window that ends releases the button", async () => {
  const { link, move } = await openPanel();
  await move({ button: true });
  await pass(1_000);
  link.close();
  await settle();
  expect(bench.board.buttonDown).toBe(false);
});

test("it moves the jumper", async () => {
  const { move } = await openPanel();
  await move({ mode: "serial" });
  expect(bench.board.mode).toBe("serial");
  await move({ mode: "wifi" });
  expect(bench.board.mode).toBe("wifi");
});

test("it switches the power off and on, and stays open without power", async () => {
  const { states, move } = await openPanel();
  const system = await open({ open: "system" });
  await move({ power: false });
  await system.closed;
  expect(states().at(-1)).toMatchObject({ power: false, led: "off" });
  expect((await open({ open: "system" })).answer).toEqual({});
  expect((await open({ open: "panel" })).answer).toMatchObject({ ok: true, power: false });
  await move({ power: true });
  expect(states().at(-1)).toMatchObject({ power: true });
  expect((await open({ open: "system" })).answer).toMatchObject({ ok: true, resetCause: "power-on" });
});

test("a reset ends the firmware's connections, not the panel's; without power it does nothing", async () => {
  const { states, move } = await openPanel();
  const system = await open({ open: "system" });
  await move({ reset: true });
  await system.closed;
  expect((await open({ open: "system" })).answer).toMatchObject({ resetCause: "reset-pin" });
  await move({ power: false });
  await move({ reset: true });
  expect(states().at(-1)).toMatchObject({ power: false });
});

test("the firmware has ended when only the panel is open", async () => {
  await openPanel();
  const system = await open({ open: "system" });
  system.close();
  await settle();
  expect((await open({ open: "system" })).answer).toMatchObject({ resetCause: "software" });
});

test("the end of a panel is no end of the firmware", async () => {
  const { link } = await openPanel();
  link.close();
  await settle();
  expect(bench.board.chip.starts).toBe(1);
});

test.each(['{"lens":1}', "{", "1", '{"mode":"usb"}', '{"reset":false}'])("a line %s closes it", async (line) => {
  const { link } = await openPanel();
  link.write(`${line}\n`);
  await link.closed;
});
