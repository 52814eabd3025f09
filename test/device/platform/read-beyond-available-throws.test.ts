// SPDX-License-Identifier: Apache-2.0
import { listening } from "./listening";
import { networkTest } from "./networks";

networkTest("reading more than available throws and takes nothing", async ({ run, connect }) => {
  const script = run(
    listening(`
      new TCP({ from: connection, onReadable(count) {
        for (const wanted of [count + 1, 0, -1, new Uint8Array(count + 1)])
          try { this.read(wanted); say("no error"); } catch (error) { say(error.message); }
        const target = new Uint8Array(8);
        say(this.read(target.subarray(2, 5)), target.join(), String.fromArrayBuffer(this.read()), this.read());
      } });
    `),
  );
  const peer = await connect(await script.number("port"));
  peer.write("ABCDE");
  expect(await script.line()).toMatch(/^invalid: 6 bytes asked for, 5 can be read/);
  expect(await script.line()).toMatch(/^invalid/);
  expect(await script.line()).toMatch(/^invalid/);
  expect(await script.line()).toMatch(/^invalid: 6 bytes/);
  expect(await script.line()).toBe("3 0,0,65,66,67,0,0,0 DE ");
  peer.close();
});
