// SPDX-License-Identifier: Apache-2.0
import { FakeBoard } from "./fake-board";
import { run } from "./run";

test("a transaction that is not acknowledged throws, and the next one works", async () => {
  let acknowledge = false;
  const board = await FakeBoard.start((channel) => {
    channel.onMessage = (type) => {
      channel.send(!acknowledge ? "N" : type === "W" ? "A" : "D", acknowledge && type !== "W" ? "xy" : "");
      acknowledge = type === "X";
    };
    return { ok: true };
  });
  const script = run(
    `
    import I2C from "embedded:io/i2c";
    const i2c = new I2C({ data: 23, clock: 22, hz: 100000, address: 42 });
    const attempt = (action) => { try { return action() ?? "done"; } catch (error) { return error.message; } };
    say(attempt(() => i2c.write(Uint8Array.of(0, 2))));
    say(attempt(() => i2c.read(2)));
    say(attempt(() => i2c.writeRead(Uint8Array.of(0), 2)));
    say(attempt(() => i2c.write(Uint8Array.of(0, 2))));
    i2c.close();
    `,
    { env: board.env },
  );
  for (const line of ["write failed", "read failed", "writeRead failed", "done"])
    expect(await script.line()).toBe(line);
  expect(await script.ended).toBe(0);
});
