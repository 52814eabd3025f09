// SPDX-License-Identifier: Apache-2.0
import { FakeBoard } from "./fake-board";
import { run } from "./run";

test("a board that does not answer is an error after a bounded wait", async () => {
  const board = await FakeBoard.start(() => ({ ok: true }));
  const script = run(
    `
    import I2C from "embedded:io/i2c";
    const i2c = new I2C({ data: 23, clock: 22, hz: 100000, address: 42 });
    try { i2c.read(2); say("no error"); } catch (error) { say(error.message); }
    `,
    { env: board.env },
  );
  expect(await script.line()).toBe("the board does not answer");
});
