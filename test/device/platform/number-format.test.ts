// SPDX-License-Identifier: Apache-2.0
import { listening } from "./listening";
import { networkTest } from "./networks";

networkTest("with format number read returns one byte at a time, then undefined", async ({ run, connect }) => {
  const script = run(
    listening(`
      const tcp = new TCP({ from: connection, format: "number", onReadable(count) {
        say(count, this.format, this.read(), this.read(), this.read());
        try { this.format = "string"; say("no error"); } catch (error) { say(error.name); }
        try { new TCP({ from: tcp, format: "string" }); say("no error"); } catch (error) { say(error.name); }
        say(this.format);
      } });
    `),
  );
  const peer = await connect(await script.number("port"));
  peer.write(Uint8Array.of(7, 255));
  expect(await script.line()).toBe("2 number 7 255 ");
  expect(await script.line()).toBe("RangeError");
  expect(await script.line()).toBe("RangeError");
  expect(await script.line()).toBe("number");
  peer.close();
});
