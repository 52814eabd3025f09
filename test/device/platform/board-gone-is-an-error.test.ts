// SPDX-License-Identifier: Apache-2.0
import { FakeBoard } from "./fake-board";
import { run } from "./run";

test("a board that ends in a transaction is an error then and later", async () => {
  const board = await FakeBoard.start((channel) => {
    channel.onMessage = () => channel.socket.destroy();
    return { ok: true };
  });
  const script = run(
    `
    import I2C from "embedded:io/i2c";
    const i2c = new I2C({ data: 23, clock: 22, hz: 100000, address: 42 });
    for (let i = 0; i < 2; i++)
      try { i2c.read(2); say("no error"); } catch (error) { say(error.message); }
    `,
    { env: board.env },
  );
  expect(await script.line()).toBe("the board is gone");
  expect(await script.line()).toBe("the board is gone");
});

test("a malformed message is an error", async () => {
  const board = await FakeBoard.start((channel) => {
    channel.onMessage = () => channel.socket.write(Buffer.from("ffffffff41", "hex"));
    return { ok: true };
  });
  const script = run(
    `
    import I2C from "embedded:io/i2c";
    const i2c = new I2C({ data: 23, clock: 22, hz: 100000, address: 42 });
    try { i2c.read(2); say("no error"); } catch (error) { say(error.message); }
    `,
    { env: board.env },
  );
  expect(await script.line()).toBe("the board's answer cannot be understood");
});
