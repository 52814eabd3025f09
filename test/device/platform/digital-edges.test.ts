// SPDX-License-Identifier: Apache-2.0
import { FakeBoard } from "./fake-board";
import type { Channel } from "./fake-board";
import { run } from "./run";

interface Input {
  script: ReturnType<typeof run>;
  pin: Channel;
  /** Resolves when the firmware has handled all levels sent before. */
  handled(): Promise<void>;
}

/** A board with an input, opened with these options. Resolves when the script is ready. */
async function input(options: string): Promise<Input> {
  const pins = new Map<unknown, Channel>();
  const board = await FakeBoard.start((channel) => {
    pins.set(channel.opening["pin"], channel);
    return { ok: true, level: 1 };
  });
  const script = run(
    `
    import Digital from "embedded:io/digital";
    const pin = new Digital({ pin: 0, mode: Digital.InputPullUp, ${options}, onReadable() { say("edge", this.read()); } });
    const both = Digital.Rising | Digital.Falling;
    const mark = new Digital({ pin: 1, mode: Digital.Input, edge: both, onReadable() { say("mark", this.read()); } });
    say("ready", pin.read());
    `,
    { env: board.env },
  );
  const ready = await script.line();
  expect(ready).toBe(`ready ${options.includes("activeLow") ? 0 : 1}`);
  const [pin, mark] = [0, 1].map((number) => pins.get(number) as Channel) as [Channel, Channel];
  // The firmware handles its connections in turns, in any order: in the second turn nothing sent before the first is left.
  const handled = async (): Promise<void> => {
    for (const one of [0, 1]) {
      level(mark, one);
      expect(await script.line()).toBe(`mark ${one}`);
    }
  };
  return { script, pin, handled };
}

const level = (pin: Channel, ...levels: number[]): void => levels.forEach((one) => pin.send("L", Uint8Array.of(one)));

test("onReadable is called for the selected edges, with the level to read", async () => {
  const { script, pin, handled } = await input("edge: Digital.Falling");
  level(pin, 0);
  expect(await script.line()).toBe("edge 0");
  level(pin, 1);
  await handled();
  level(pin, 0);
  expect(await script.line()).toBe("edge 0");
  expect(script.waiting).toBe(false);
});

test("edges that arrive together are one call", async () => {
  const { script, pin, handled } = await input("edge: Digital.Rising | Digital.Falling");
  pin.socket.cork();
  level(pin, 0, 1, 0, 1, 0);
  pin.socket.uncork();
  expect(await script.line()).toBe("edge 0");
  await handled();
  expect(script.waiting).toBe(false);
});

test("activeLow inverts the value and the edges", async () => {
  const { script, pin } = await input("activeLow: true, edge: Digital.Rising");
  level(pin, 0);
  expect(await script.line()).toBe("edge 1");
});
