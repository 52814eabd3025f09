// SPDX-License-Identifier: Apache-2.0
import { listening } from "./listening";
import { networkTest } from "./networks";

networkTest(
  "writing 100 MB from one buffer allocates nothing in the engine's heap, not even temporarily",
  async ({ run, connect }) => {
    const script = run(
      `import Instrumentation from "instrumentation";
    ` +
        listening(`
      const piece = new Uint8Array(4096);
      let left = 100_000_000, before;
      new TCP({ from: connection, nodelay: true, onWritable(count) {
        if (left === 100_000_000) before = Instrumentation.heap;
        while (count >= 4096 && left > 0) { count = this.write(piece); left -= 4096; }
        if (left > 0 || !before) return;
        const after = Instrumentation.heap;
        say("chunks", after.chunkPeak - before.chunkPeak);
        say("slots", after.slotsPeak - before.slotsPeak);
        before = undefined;
      } });
    `),
    );
    const peer = await connect(await script.number("port"));
    void peer.drain();
    // Less than one buffer, and less than one slot for ten writes: the rest is the measurement.
    expect(await script.number("chunks")).toBeLessThan(4_096);
    expect(await script.number("slots")).toBeLessThan(2_400);
    peer.close();
  },
);
