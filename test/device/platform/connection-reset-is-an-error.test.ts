// SPDX-License-Identifier: Apache-2.0
import { listening } from "./listening";
import { Peer } from "./peer";
import { run } from "./run";

test("a connection the peer resets is onError once; writing to it then does nothing, reading gives undefined", async () => {
  const script = run(
    listening(`
      const tcp = new TCP({ from: connection, onReadable(count) { say("readable", count); }, onError() {
        say("error", this.write(new Uint8Array(10)), this.read());
        Timer.set(() => say("later"), 200);
      } });
    `),
  );
  const peer = await Peer.connect(await script.number("port"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  peer.reset();
  expect(await script.line()).toBe("error  ");
  expect(await script.line()).toBe("later");
});
