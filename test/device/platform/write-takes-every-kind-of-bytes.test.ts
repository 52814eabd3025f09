// SPDX-License-Identifier: Apache-2.0
import { listening } from "./listening";
import { networkTest } from "./networks";

networkTest(
  "write takes buffers and the range of byte views; anything else is a TypeError",
  async ({ run, connect }) => {
    const script = run(
      listening(`
      let first = true;
      new TCP({ from: connection, onWritable() {
        if (!first) return;
        first = false;
        const bytes = new Uint8Array(ArrayBuffer.fromString("abcdefghij"));
        this.write(bytes.buffer);
        this.write(bytes.subarray(2, 4));
        this.write(new DataView(bytes.buffer, 4, 3));
        this.write(new Int8Array(bytes.buffer, 7, 1));
        this.write(new Uint8ClampedArray(bytes.buffer, 8));
        this.format = "number";
        this.write(33);
        this.format = "buffer";
        for (const bad of ["text", 1, undefined, {}, new Uint16Array(2), Symbol()])
          try { this.write(bad); say("no error"); } catch (error) { say(error.name); }
      } });
    `),
    );
    const peer = await connect(await script.number("port"));
    expect((await peer.read(19)).toString()).toBe("abcdefghijcdefghij!");
    for (let i = 0; i < 6; i++) expect(await script.line()).toBe("TypeError");
    peer.close();
  },
);
