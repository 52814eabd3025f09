// SPDX-License-Identifier: Apache-2.0
import { listening } from "./listening";
import { networkTest } from "./networks";

networkTest("bytes written before close reach the peer, also with unread input", async ({ run, connect, over }) => {
  const script = run(
    listening(`
      new TCP({ from: connection, onWritable(count) {
        Timer.set(() => {
          this.write(new Uint8Array(count).fill(65));
          this.close();
          this.close();
          try { this.write(new Uint8Array(1)); say("no error"); } catch (error) { say(error.name); }
          listener.close();
        }, 100);
      } });
    `),
  );
  const peer = await connect(await script.number("port"));
  peer.write("x".repeat(10_000));
  expect(await script.line()).toBe("SyntaxError");
  const { end, bytes } = await peer.drain();
  expect(end).toBe("end");
  expect(bytes.equals(Buffer.alloc(28_672, "A"))).toBe(true);
  await over(script);
});

networkTest(
  "a closed connection ends in bounded time, even if the peer never ends it",
  async ({ run, connect, over }) => {
    const script = run(
      listening(`
      const tcp = new TCP({ from: connection });
      tcp.close();
      listener.close();
    `),
    );
    const peer = await connect(await script.number("port"));
    await over(script);
    peer.close();
  },
);
