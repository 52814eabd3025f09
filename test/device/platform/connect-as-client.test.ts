// SPDX-License-Identifier: Apache-2.0
import { VirtualServer } from "../../../simulator/board/network/server";
import type { NetworkBoard } from "./network-board";
import { networkTest, virtualNetworkTest } from "./networks";

networkTest(
  "a client connects, exchanges bytes and sees the end; a refused connection is onError; invalid options throw",
  async ({ run }) => {
    const script = run(`
    import TCP from "embedded:io/socket/tcp";
    import Listener from "embedded:io/socket/listener";
    const attempt = (options) => { try { new TCP(options); say("no error"); } catch (error) { say(error.name); } };
    for (const options of [{ port: 80 }, { address: "127.0.0.1" }, { address: "127.0.0.1", port: undefined }, { address: "127.0.0.1", port: -1 },
      { address: "127.0.0.1", port: 65536 }, { address: "no address", port: 80 }, { address: "127.0.0.1", port: 80, onReadable: 1 }])
      attempt(options);
    const target = {};
    let accepted;
    const listener = new Listener({ onReadable() {
      accepted = new TCP({ from: this.read(), onReadable() {
        this.write(this.read());
        this.close();
        listener.close();
      } });
    } });
    const port = listener.port;
    const first = new TCP({ address: "127.0.0.1", port, onWritable() { say("given away"); } });
    try { first.write(new Uint8Array(1)); say("no error"); } catch (error) { say(error.message); }
    say(first.read(new Uint8Array(1)));
    let sent = false;
    new TCP({ from: first, target,
      onWritable(count) {
        if (sent) return;
        sent = true;
        say(this.target === target, this.remoteAddress, this.remotePort === port, count);
        this.write(ArrayBuffer.fromString("ping"));
      },
      onReadable(count) { say(count, String.fromArrayBuffer(this.read())); },
      onError() {
        say("end");
        new TCP({ address: "127.0.0.1", port, onWritable() { say("no error"); }, onError() { say("refused"); } });
      },
    });
  `);
    for (const line of ["Error", "Error", "Error", "RangeError", "RangeError", "Error", "TypeError"])
      expect(await script.line()).toBe(line);
    expect(await script.line()).toBe("not ready");
    expect(await script.line()).toBe("");
    expect(await script.line()).toBe("true 127.0.0.1 true 28672");
    expect(await script.line()).toBe("4 ping");
    expect(await script.line()).toBe("end");
    expect(await script.line()).toBe("refused");
  },
);

virtualNetworkTest("a client connects to a program at any address, as soon as that is reachable", async ({ run }) => {
  const script = run(`
    import TCP from "embedded:io/socket/tcp";
    import Time from "time";
    new TCP({ address: "192.168.1.9", port: 1883,
      onWritable() {
        if (!this.remoteAddress || this.sent) return;
        this.sent = true;
        say(this.remoteAddress, this.remotePort, Math.round(Time.ticks / 1000));
        this.write(ArrayBuffer.fromString("ping"));
      },
      onReadable() { say(String.fromArrayBuffer(this.read())); },
      onEnd() { say("end"); this.close(); },
    });
    say("requested");
  `);
  const { network } = script.board as NetworkBoard;
  const server = new VirtualServer(network, 1883).on("connection", (socket) => {
    socket.on("data", (bytes: Buffer) => socket.end(`${bytes.toString()} pong`));
  });
  network.conditions = { reachable: false };
  expect(await script.line()).toBe("requested");
  network.conditions = {};
  expect(await script.line()).toBe("192.168.1.9 1883 1");
  expect(await script.line()).toBe("ping pong");
  expect(await script.line()).toBe("end");
  server.close();
});
