// SPDX-License-Identifier: Apache-2.0
import { FakeBoard } from "./fake-board";
import type { Channel } from "./fake-board";
import { run } from "./run";

test("onWritable stops while the board takes no bytes, and continues when it does", async () => {
  let port: Channel | undefined;
  const board = await FakeBoard.start((channel) => {
    port = channel;
    channel.socket.pause();
    return { ok: true };
  });
  const script = run(
    `
    import Serial from "embedded:io/serial";
    import Timer from "timer";
    let total = 0;
    new Serial({ transmit: 27, receive: 26, baud: 230400, onWritable(count) { this.write(new Uint8Array(count)); total += count; } });
    Timer.repeat(() => say("total", total), 200);
    `,
    { env: board.env },
  );
  let before = -1;
  let total = await script.number("total");
  while (total !== before) [before, total] = [total, await script.number("total")];
  expect(total).toBeLessThan(64 * 1024);
  port?.socket.resume();
  while (total === before) total = await script.number("total");
});
