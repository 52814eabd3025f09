// SPDX-License-Identifier: Apache-2.0
import { listening } from "./listening";
import { networkTest } from "./networks";

networkTest(
  "sendLimit bounds the room, also above the send buffer's size; invalid values throw",
  async ({ run, connect }) => {
    const script = run(
      listening(`
      for (const sendLimit of [0, 2871, 1.5, NaN, "many"]) {
        try {
          new TCP({ from: connection, sendLimit });
          say("no error");
        } catch (error) {
          say(error.name);
        }
      }
      let first = true;
      const limit = sizes.shift();
      new TCP({ from: connection, sendLimit: limit, onWritable(count) {
        if (!first) return;
        first = false;
        say(count, this.write(new ArrayBuffer(1000)), this.write(new ArrayBuffer(count - 1000)));
      } });
    `) + "\nconst sizes = [3000, 10000];",
      { env: { TCAM_TCP_SNDBUF: "4096" } },
    );
    const port = await script.number("port");
    for (const line of ["3000 2000 0", "4096 3096 0"]) {
      const peer = await connect(port);
      for (let i = 0; i < 5; i++) expect(await script.line()).toBe("RangeError");
      expect(await script.line()).toBe(line);
      peer.close();
    }
  },
);
