// SPDX-License-Identifier: Apache-2.0
import { listening } from "./listening";
import { networkTest } from "./networks";

networkTest("writing more than the writable count throws and sends nothing", async ({ run, connect }) => {
  const script = run(
    listening(`
      let first = true;
      new TCP({ from: connection, onWritable(count) {
        if (!first) return;
        first = false;
        try { this.write(new Uint8Array(count + 1).fill(65)); say("no error"); } catch (error) { say(error.message); }
        say("left", this.write(new Uint8Array(count).fill(66)));
        try { this.write(new Uint8Array(1).fill(67)); say("no error"); } catch (error) { say(error.message); }
        say("wrote", count);
      } });
    `),
  );
  const peer = await connect(await script.number("port"));
  expect(await script.line()).toBe("would block");
  expect(await script.number("left")).toBe(0);
  expect(await script.line()).toBe("would block");
  const count = await script.number("wrote");
  expect(count).toBe(28_672);
  expect((await peer.read(count)).equals(Buffer.alloc(count, "B"))).toBe(true);
  peer.close();
});

networkTest("onWritable follows a write that would block, also with an empty send buffer", async ({ run, connect }) => {
  const script = run(
    listening(`
      let times = 0;
      new TCP({ from: connection, onWritable(count) {
        if (++times > 2) return;
        try { this.write(new Uint8Array(count + 1)); } catch (error) { say(times, count, error.message); }
      } });
    `),
  );
  const peer = await connect(await script.number("port"));
  expect(await script.line()).toBe("1 28672 would block");
  expect(await script.line()).toBe("2 28672 would block");
  peer.close();
});
