// SPDX-License-Identifier: Apache-2.0
import { listening } from "./listening";
import { networkTest } from "./networks";

networkTest("the end of a connection is reported once, after the last byte is read", async ({ run, connect }) => {
  const script = run(
    listening(`
      const tcp = new TCP({ from: connection, onReadable(count) { say("readable", count); }, onError() { say("error"); } });
      Timer.set(() => { say("read", tcp.read(3).byteLength); }, 300);
      Timer.set(() => { say("read", tcp.read().byteLength); say("write", tcp.write(new ArrayBuffer(1))); }, 600);
      Timer.set(() => { say("done", tcp.read()); }, 900);
    `),
  );
  const peer = await connect(await script.number("port"));
  peer.write("0123456789");
  await peer.end();
  expect(await script.line()).toBe("readable 10");
  expect(await script.line()).toBe("read 3");
  expect(await script.line()).toBe("read 7");
  expect(await script.line()).toBe("write ");
  expect(await script.line()).toBe("error");
  expect(await script.line()).toBe("done ");
  peer.close();
});
