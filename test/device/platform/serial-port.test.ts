// SPDX-License-Identifier: Apache-2.0
import { FakeBoard } from "./fake-board";
import type { Channel } from "./fake-board";
import { run } from "./run";

test("bytes go both ways; read without bytes is undefined; write returns the room left; a write beyond the room throws", async () => {
  let port: Channel | undefined;
  let sent = Buffer.alloc(0);
  const board = await FakeBoard.start((channel) => {
    port = channel;
    channel.onMessage = (_type, bytes) => (sent = Buffer.concat([sent, bytes]));
    return { ok: true };
  });
  const script = run(
    `
    import Serial from "embedded:io/serial";
    let first = true;
    const serial = new Serial({
      transmit: 27, receive: 26, baud: 230400, port: 1,
      onReadable(count) {
        say("readable", count, String.fromArrayBuffer(this.read(2)), this.read(new Uint8Array(count)));
        serial.close(); serial.close();
      },
      onWritable(count) {
        if (!first) return;
        first = false;
        say("writable", count, this.read());
        try { this.write(new Uint8Array(count + 1)); say("no error"); } catch (error) { say(error.message); }
        say("left", this.write(new Uint8Array(count - 1).fill(65)));
        this.format = "number";
        say("left", this.write(66));
        try { this.write(67); say("no error"); } catch (error) { say(error.message); }
        this.format = "buffer";
      },
    });
    `,
    { env: board.env },
  );
  expect(await script.line()).toBe("writable 4096 ");
  expect(await script.line()).toBe("output full");
  expect(await script.line()).toBe("left 1");
  expect(await script.line()).toBe("left 0");
  expect(await script.line()).toBe("output full");
  port?.socket.write("hello");
  expect(await script.line()).toBe("readable 5 he 3");
  expect(await script.ended).toBe(0);
  expect(sent.toString()).toBe("A".repeat(4095) + "B");
  expect(board.openings).toEqual([{ open: "serial", transmit: 27, receive: 26, baud: 230400 }]);
});
