// SPDX-License-Identifier: Apache-2.0
import { listening } from "./listening";
import { networkTest } from "./networks";

// More than Linux's largest buffers: 32 MB to receive and 4 MB to send (tcp_rmem, tcp_wmem).
networkTest(
  "unread bytes stop the peer; every byte arrives in order when the firmware reads again",
  async ({ run, connect }) => {
    const script = run(
      listening(`
      let wanted = 0, position = 0;
      const tcp = new TCP({ from: connection, onReadable(count) {
        if (!wanted) return;
        const bytes = new Uint8Array(this.read());
        if (bytes[0] !== position % 251 || bytes[count - 1] !== (position + count - 1) % 251) throw new Error("wrong byte after " + position);
        position += count;
        if (position === wanted) say("all");
      } });
      Timer.set(() => { say("start"); }, 500);
      Timer.set(() => { wanted = 48_000_000; tcp.read(1); position = 1; }, 600);
    `),
    );
    const bytes = Buffer.alloc(48_000_000);
    for (let i = 0; i < bytes.length; i++) bytes[i] = i % 251;
    const peer = await connect(await script.number("port"));
    peer.write(bytes);
    expect(await script.line()).toBe("start");
    expect(peer.unsent).toBeGreaterThan(0);
    expect(await script.line()).toBe("all");
    peer.close();
  },
);
