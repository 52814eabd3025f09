// SPDX-License-Identifier: Apache-2.0
import { listening } from "./listening";
import { networkTest } from "./networks";

networkTest("write returns the room left, which decreases with every write of one turn", async ({ run, connect }) => {
  const script = run(
    listening(`
      let first = true;
      new TCP({ from: connection, onWritable(count) {
        if (!first) return;
        first = false;
        say(count, this.write(new ArrayBuffer(100)), this.write(new ArrayBuffer(1000)), this.write(new ArrayBuffer(0)));
      } });
    `),
    { env: { TCAM_TCP_SNDBUF: "4096" } },
  );
  const peer = await connect(await script.number("port"));
  expect(await script.line()).toBe("4096 3996 2996 2996");
  peer.close();
});
