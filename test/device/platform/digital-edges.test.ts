// SPDX-License-Identifier: Apache-2.0
import { FakeBoard } from "./fake-board";
import type { Channel } from "./fake-board";
import { run } from "./run";

/** A board with one input, opened with the options in `report`. Resolves with the pin's connection when the script is ready. */
async function input(options: string): Promise<{ script: ReturnType<typeof run>; pin: Channel }> {
  let pin: Channel | undefined;
  const board = await FakeBoard.start((channel) => {
    pin = channel;
    return { ok: true, level: 1 };
  });
  const script = run(
    `
    import Digital from "embedded:io/digital";
    const pin = new Digital({ pin: 0, mode: Digital.InputPullUp, ${options}, onReadable() { say("edge", this.read()); } });
    say("ready", pin.read());
    `,
    { env: board.env },
  );
  const ready = await script.line();
  expect(ready).toBe(`ready ${options.includes("activeLow") ? 0 : 1}`);
  return { script, pin: pin as Channel };
}

const level = (pin: Channel, ...levels: number[]): void => levels.forEach((one) => pin.send("L", Uint8Array.of(one)));
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));

test("onReadable is called for the selected edges, with the level to read", async () => {
  const { script, pin } = await input("edge: Digital.Falling");
  level(pin, 0);
  expect(await script.line()).toBe("edge 0");
  level(pin, 1);
  await pause();
  level(pin, 0);
  expect(await script.line()).toBe("edge 0");
  expect(script.waiting).toBe(false);
});

test("edges that arrive together are one call", async () => {
  const { script, pin } = await input("edge: Digital.Rising | Digital.Falling");
  pin.socket.cork();
  level(pin, 0, 1, 0, 1, 0);
  pin.socket.uncork();
  expect(await script.line()).toBe("edge 0");
  await pause();
  expect(script.waiting).toBe(false);
});

test("activeLow inverts the value and the edges", async () => {
  const { script, pin } = await input("activeLow: true, edge: Digital.Rising");
  level(pin, 0);
  expect(await script.line()).toBe("edge 1");
});
