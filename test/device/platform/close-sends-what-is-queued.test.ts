// SPDX-License-Identifier: Apache-2.0
import { listening } from "./listening";
import { Peer } from "./peer";
import { run } from "./run";

test("bytes written before close reach the peer, also with unread input", async () => {
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
  const peer = await Peer.connect(await script.number("port"));
  peer.write("x".repeat(10_000));
  expect(await script.line()).toBe("SyntaxError");
  await new Promise((resolve) => setTimeout(resolve, 200));
  const { end, bytes } = await peer.drain();
  expect(end).toBe("end");
  expect(bytes.equals(Buffer.alloc(28_672, "A"))).toBe(true);
  expect(await script.ended).toBe(0);
});

test("a closed connection ends in bounded time, even if the peer never ends it", async () => {
  const script = run(
    listening(`
      const tcp = new TCP({ from: connection });
      tcp.close();
      listener.close();
    `),
  );
  const peer = await Peer.connect(await script.number("port"));
  expect(await script.ended).toBe(0);
  peer.close();
}, 15_000);
