// SPDX-License-Identifier: Apache-2.0
import { FakeBoard } from "./fake-board";
import { FlashChip } from "./flash-board";
import { run } from "./run";

test("a partition is read, programmed and erased by blocks; bits go to 0 only", async () => {
  const chip = new FlashChip();
  const board = await FakeBoard.start((channel) => chip.serve(channel));
  const script = run(
    `
    import Flash from "embedded:storage/flash";
    const attempt = (action) => { try { say(action()); } catch (error) { say(error.name + ": " + error.message); } };
    const flash = Flash.open({ path: "nextota" });
    const { size, blockLength, blocks } = flash.status();
    say(size, blockLength, blocks);
    flash.write(Uint8Array.of(9, 0xfe, 0xfc, 9).subarray(1, 3), 4095);
    flash.write(Uint8Array.of(0xf7, 0xff), 4095);
    say(new Uint8Array(flash.read(4, 4094)).join());
    const view = new Uint8Array(4);
    say(flash.read(view.subarray(1, 3), 4095), view.join());
    flash.eraseBlock(0, 2);
    say(new Uint8Array(flash.read(4, 4094)).join());
    flash.eraseBlock(3);
    const reader = Flash.open({ path: "running", mode: "r" });
    attempt(() => reader.write(new Uint8Array(1), 0));
    attempt(() => reader.eraseBlock(0));
    attempt(() => reader.read(65536, 0).byteLength);
    attempt(() => Flash.open({ path: "xyzzy" }));
    attempt(() => Flash.open({}));
    reader.close(); reader.close();
    attempt(() => reader.status());
    flash.close();
    `,
    { env: board.env },
  );
  for (const line of [
    "65536 4096 16",
    "255,246,252,255",
    "2 0,246,252,0",
    "255,255,255,255",
    "Error: read-only",
    "Error: read-only",
    "65536",
    "Error: no such partition",
    "Error: no path",
    "SyntaxError: closed",
  ])
    expect(await script.line()).toBe(line);
  expect(await script.ended).toBe(0);
  expect(chip.operations).toEqual(["W 4095 2", "W 4095 2", "E 0 2", "E 3 4"]);
});
