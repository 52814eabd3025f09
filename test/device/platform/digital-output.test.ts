// SPDX-License-Identifier: Apache-2.0
import { FakeBoard } from "./fake-board";
import { run } from "./run";

test("an output starts at its initial value, drives the written one, and cannot be read", async () => {
  const levels: Record<string, number[]> = {};
  const board = await FakeBoard.start((channel) => {
    channel.onMessage = (type, payload) => {
      if (type === "L") (levels[channel.opening.pin as number] ??= []).push(payload[0] as number);
    };
    return { ok: true, level: 0 };
  });
  const script = run(
    `
    import Digital from "embedded:io/digital";
    const plain = new Digital({ pin: 14, mode: Digital.Output, initialValue: 1 });
    const inverted = new Digital({ pin: 15, mode: Digital.OutputOpenDrain, activeLow: true });
    plain.write(0); plain.write(1); plain.write(2);
    try { plain.read(); say("no error"); } catch (error) { say(error.message); }
    plain.close(); plain.close();
    inverted.write(1); inverted.write(0);
    inverted.close();
    try { inverted.write(1); say("no error"); } catch (error) { say(error.message); }
    `,
    { env: board.env },
  );
  expect(await script.line()).toBe("can't read output");
  expect(await script.line()).toBe("closed");
  expect(await script.ended).toBe(0);
  expect(board.openings).toEqual([
    { open: "digital", pin: 14, mode: "output", level: 1 },
    { open: "digital", pin: 15, mode: "output", level: 1 },
  ]);
  expect(levels).toEqual({ 14: [0, 1, 1], 15: [0, 1] });
});
