// SPDX-License-Identifier: Apache-2.0
import { listening } from "./listening";
import { Peer } from "./peer";
import { run } from "./run";

test("with format number read returns one byte at a time, then undefined", async () => {
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
  const peer = await Peer.connect(await script.number("port"));
  peer.write(Uint8Array.of(7, 255));
  expect(await script.line()).toBe("2 number 7 255 ");
  expect(await script.line()).toBe("RangeError");
  expect(await script.line()).toBe("RangeError");
  expect(await script.line()).toBe("number");
  peer.close();
});
