// SPDX-License-Identifier: Apache-2.0
import { FakeBoard } from "./fake-board";
import { run } from "./run";

test("an address can be opened once on a bus, two addresses share the bus, and closing frees both", async () => {
  const board = await FakeBoard.start((channel) => {
    channel.onMessage = () => channel.send("A");
    return { ok: true };
  });
  const script = run(
    `
    import I2C from "embedded:io/i2c";
    const open = (address) => new I2C({ data: 23, clock: 22, hz: 100000, address });
    const first = open(42);
    const second = open(43);
    try { open(42); say("no error"); } catch (error) { say(error instanceof RangeError, error.message); }
    try { open(128); say("no error"); } catch (error) { say(error instanceof RangeError, error.message); }
    first.close();
    second.close();
    try { first.write(new Uint8Array(1)); say("no error"); } catch (error) { say(error.message); }
    const again = open(42);
    again.write(new Uint8Array(1));
    again.close();
    say("done");
    `,
    { env: board.env },
  );
  for (const line of ["true duplicate address", "true invalid address", "closed", "done"])
    expect(await script.line()).toBe(line);
  expect(await script.ended).toBe(0);
  expect(board.openings.length).toBe(2);
});
