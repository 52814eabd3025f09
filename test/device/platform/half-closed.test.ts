// SPDX-License-Identifier: Apache-2.0
import { listening } from "./listening";
import { networkTest } from "./networks";

networkTest(
  "with onEnd the connection stays writable after the end of input, and onWritable continues",
  async ({ run, connect }) => {
    const script = run(
      listening(`
      let room = 0, left = 0;
      const send = (tcp) => {
        while (left > 0 && room > 0) {
          const count = Math.min(left, room);
          room = tcp.write(new Uint8Array(count).fill(65));
          left -= count;
        }
        if (left === 0) tcp.close();
      };
      new TCP({
        from: connection,
        onReadable(count) { say("readable", count, this.read(3).byteLength); Timer.set(() => say("read", this.read().byteLength)); },
        onWritable(count) { room = count; if (left > 0) send(this); },
        onEnd() { say("end", this.read()); left = 500_000; send(this); },
        onError() { say("error"); },
      });
    `),
    );
    const peer = await connect(await script.number("port"));
    peer.write("0123456789");
    await peer.end();
    expect(await script.line()).toBe("readable 10 3");
    expect(await script.line()).toBe("read 7");
    expect(await script.line()).toBe("end ");
    const { end, bytes } = await peer.drain();
    expect(end).toBe("end");
    expect(bytes.equals(Buffer.alloc(500_000, "A"))).toBe(true);
    expect(script.waiting).toBe(false);
  },
);

networkTest("a reset after the end of input is onError, and write then returns undefined", async ({ run, connect }) => {
  const script = run(
    listening(`
      new TCP({ from: connection, onEnd() { say("end", this.write(new Uint8Array(8))); }, onError() { say("error", this.write(new Uint8Array(8))); } });
    `),
  );
  const peer = await connect(await script.number("port"));
  await peer.end();
  expect(await script.line()).toBe("end 28664");
  peer.reset();
  expect(await script.line()).toBe("error ");
});

networkTest("a reset with an unread end of input is onError only", async ({ run, connect }) => {
  const script = run(
    listening(`
      new TCP({
        from: connection,
        onReadable(count) { say("readable", count); },
        onEnd() { say("end"); },
        onError() { say("error", this.read().byteLength); Timer.set(() => say("later")); },
      });
    `),
  );
  const peer = await connect(await script.number("port"));
  peer.write("x");
  expect(await script.line()).toBe("readable 1");
  await peer.end();
  peer.reset();
  expect(await script.line()).toBe("error 1");
  expect(await script.line()).toBe("later");
});

networkTest(
  "end of input and reset before the connection is read from the listener are onError only",
  async ({ run, connect }) => {
    const script = run(`
    import Listener from "embedded:io/socket/listener";
    import TCP from "embedded:io/socket/tcp";
    import Timer from "timer";
    const listener = new Listener({
      port: 0,
      onReadable(count) {
        say("waiting", count);
        if (count < 2) return;
        new TCP({
          from: this.read(),
          onEnd() { say("end"); },
          onError() { say("error"); Timer.set(() => say("later")); },
        });
      },
    });
    say("port", listener.port);
  `);
    const port = await script.number("port");
    const peer = await connect(port);
    expect(await script.line()).toBe("waiting 1");
    await peer.end();
    peer.reset();
    const second = await connect(port);
    expect(await script.line()).toBe("waiting 2");
    expect(await script.line()).toBe("error");
    expect(await script.line()).toBe("later");
    second.close();
  },
);
