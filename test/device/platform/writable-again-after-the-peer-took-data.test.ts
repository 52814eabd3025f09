// SPDX-License-Identifier: Apache-2.0
import { listening } from "./listening";
import { networkTest } from "./networks";
import type { Script } from "./run";

/** The number of bytes written, once it has not changed for 300 ms. */
async function stalled(script: Script): Promise<number> {
  let before = -1;
  for (;;) {
    const total = await script.number("total");
    if (total === before && total > 0) return total;
    before = total;
  }
}

networkTest(
  "a peer that does not read stops onWritable; it comes again, with the correct count, when the peer has read",
  async ({ run, connect }) => {
    const script = run(
      listening(`
      let total = 0;
      new TCP({ from: connection, onWritable(count) {
        this.write(new Uint8Array(count));
        total += count;
      } });
      Timer.repeat(() => say("total", total), 300);
    `),
      { env: { TCAM_TCP_SNDBUF: "4096" } },
    );
    const peer = await connect(await script.number("port"));
    const before = await stalled(script);
    await peer.read(before);
    for (let total = before; total === before;) total = await script.number("total");
    peer.close();
  },
);
