// SPDX-License-Identifier: Apache-2.0
import { networkTest } from "./networks";

networkTest(
  "connections wait until read, also more than the listener holds; invalid ports throw; closing twice is safe",
  async ({ run, connect, over }) => {
    const script = run(`
    import Listener from "embedded:io/socket/listener";
    import Timer from "timer";
    for (const port of [undefined, -1, 65536]) try { new Listener({ port }); say("no error"); } catch (error) { say(error.name); }
    const listener = new Listener({ port: "0" });
    say(listener.read(), listener.format);
    try { listener.format = "buffer"; say("no error"); } catch (error) { say(error.name); }
    say("port", listener.port);
    let count = 0;
    Timer.set(() => {
      const timer = Timer.repeat(() => {
        const connection = listener.read();
        if (!connection) return;
        if (connection.remoteAddress !== "127.0.0.1" || connection.format !== "buffer") say("wrong");
        connection.close();
        if (++count < 12) return;
        Timer.clear(timer);
        say("twelve");
        listener.close();
        listener.close();
        try { listener.read(); say("no error"); } catch (error) { say(error.name); }
      }, 1);
    }, 300);
  `);
    for (const line of ["Error", "RangeError", "RangeError", " socket/tcp", "RangeError"])
      expect(await script.line()).toBe(line);
    const port = await script.number("port");
    const peers = await Promise.all(Array.from({ length: 12 }, () => connect(port)));
    expect(await script.line()).toBe("twelve");
    expect(await script.line()).toBe("SyntaxError");
    for (const peer of peers) expect((await peer.drain()).end).toBe("end");
    await over(script);
  },
);
