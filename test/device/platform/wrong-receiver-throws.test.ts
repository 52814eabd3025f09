// SPDX-License-Identifier: Apache-2.0
import { FakeBoard } from "./fake-board";
import { run } from "./run";

test("methods of every native class throw for a wrong receiver, and do not crash", async () => {
  const board = await FakeBoard.start(() => ({ ok: true }));
  const script = run(
    `
    import TCP from "embedded:io/socket/tcp";
    import Listener from "embedded:io/socket/listener";
    import UDP from "embedded:io/socket/udp";
    import Serial from "embedded:io/serial";
    const listener = new Listener({}), udp = new UDP({}), serial = new Serial({ receive: 26, baud: 9600 });
    const tcp = new TCP({ address: "127.0.0.1", port: listener.port });
    const receivers = [listener, udp, serial, tcp, {}, [], "text", undefined, new ArrayBuffer(8), TCP.prototype, Listener.prototype];
    const calls = { read: [1], write: [new Uint8Array(1), "127.0.0.1", 9], close: [], add: ["224.0.0.251"] };
    let tried = 0;
    for (const Class of [TCP, Listener, UDP, Serial])
      for (const name of [...Object.keys(calls), "port", "format", "remoteAddress", "remotePort"])
        for (const receiver of receivers) {
          // A prototype is a host object without data, like a closed object: close() does nothing.
          const own = Object.getOwnPropertyDescriptor(Class.prototype, name);
          if (!own || receiver instanceof Class || (name === "close" && Object.hasOwn(receiver ?? {}, "constructor"))) continue;
          tried++;
          try {
            own.get ? own.get.call(receiver) : own.value.apply(receiver, calls[name]);
            if (!(own.get && name === "format")) say("no error", Class.name, name, typeof receiver);
          } catch (error) {
            if (!(error instanceof SyntaxError) && !(error instanceof TypeError)) say(error.name, Class.name, name);
          }
        }
    for (const from of [listener, udp, {}, undefined, 1])
      try { new TCP({ from }); say("no error"); } catch (error) { if (!(error instanceof SyntaxError)) say("from", error.name); }
    say("tried", tried);
    for (const one of [tcp, listener, udp, serial]) one.close();
    `,
    { env: board.env },
  );
  expect(await script.number("tried")).toBeGreaterThan(100);
  expect(await script.ended).toBe(0);
});
