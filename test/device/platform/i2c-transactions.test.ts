// SPDX-License-Identifier: Apache-2.0
import { FakeBoard } from "./fake-board";
import { run } from "./run";

test("write, read and writeRead are one transaction each, with their bytes", async () => {
  const seen: string[] = [];
  const board = await FakeBoard.start((channel) => {
    channel.onMessage = (type, payload) => {
      seen.push(type + payload.toString("hex"));
      if (type === "W") channel.send("A");
      else channel.send("D", Buffer.alloc(payload.readUInt16LE(1), 0x5a));
    };
    return { ok: true };
  });
  const script = run(
    `
    import I2C from "embedded:io/i2c";
    const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16)).join("");
    const i2c = new I2C({ data: 23, clock: 22, hz: 100000, address: 42 });
    say(i2c.write(Uint8Array.of(9, 0, 2, 9).subarray(1, 3)));
    say(hex(i2c.read(2)));
    const view = new Uint8Array(4);
    say(i2c.read(new DataView(view.buffer, 1, 2)), hex(view));
    say(hex(i2c.writeRead(Uint8Array.of(0, 8), 3)));
    say(i2c.writeRead(Uint8Array.of(1), view), hex(view));
    say(i2c.write(new ArrayBuffer(0)));
    i2c.close();
    i2c.close();
    `,
    { env: board.env },
  );
  for (const line of ["", "5a5a", "2 05a5a0", "5a5a5a", "4 5a5a5a5a", ""]) expect(await script.line()).toBe(line);
  expect(await script.ended).toBe(0);
  expect(board.openings).toEqual([{ open: "i2c", data: 23, clock: 22, hz: 100000 }]);
  expect(seen).toEqual(["W2a0002", "R2a0200", "R2a0200", "X2a03000008", "X2a040001", "W2a"]);
});
