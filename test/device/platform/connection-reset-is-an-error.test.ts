// SPDX-License-Identifier: Apache-2.0
import { listening } from "./listening";
import { networkTest } from "./networks";

networkTest(
  "a reset by the peer is onError once; write then does nothing, and read returns undefined",
  async ({ run, connect }) => {
    const script = run(
      listening(`
      const tcp = new TCP({ from: connection, onReadable(count) { say("readable", count); }, onError() {
        say("error", this.write(new Uint8Array(10)), this.read());
        Timer.set(() => say("later"), 200);
      } });
      say("accepted");
    `),
    );
    const peer = await connect(await script.number("port"));
    expect(await script.line()).toBe("accepted");
    peer.reset();
    expect(await script.line()).toBe("error  ");
    expect(await script.line()).toBe("later");
  },
);

// Below and above the receive buffer of 16,384 bytes.
for (const count of [5_000, 100_000])
  networkTest(
    `a reset is onError at once, with ${count} bytes unread; received bytes stay readable`,
    async ({ run, connect }) => {
      const received = Math.min(count, 16_384);
      const script = run(
        listening(`
      new TCP({
        from: connection,
        onReadable(count) { if (count === ${received}) say("received"); },
        onError() {
          say("error", this.write(new Uint8Array(10)), this.read(1000).byteLength);
          Timer.set(() => say("later", this.read().byteLength, this.read()));
        },
      });
    `),
      );
      const peer = await connect(await script.number("port"));
      peer.write("x".repeat(count));
      expect(await script.line()).toBe("received");
      peer.reset();
      expect(await script.line()).toBe("error  1000");
      expect(await script.line()).toBe(`later ${received - 1000} `);
    },
  );
