// SPDX-License-Identifier: Apache-2.0
import { FakeBoard } from "./fake-board";
import { FlashChip } from "./flash-board";
import { run } from "./run";

const IMPORT = `
import Slot from "platforms/common/slot";
const attempt = async (action) => { try { say((await action()) ?? "done"); } catch (error) { say(error.name + ": " + error.message); } };
`;

test("the slot is erased and written page by page; pages are read back", async () => {
  const chip = new FlashChip();
  const board = await FakeBoard.start((channel) => chip.serve(channel));
  const script = run(
    `${IMPORT}
    const slot = new Slot();
    say(slot.size);
    await slot.erase(4096, 8192);
    await slot.write(Uint8Array.from({ length: 600 }, (_, i) => i), 4096 + 100);
    say("written");
    await attempt(() => slot.write(Uint8Array.of(2), 4096 + 101));
    slot.close();
    slot.close();
    `,
    { env: board.env },
  );
  expect(await script.line()).toBe("65536");
  expect(await script.line()).toBe("written");
  // A programmed byte cannot be programmed again.
  expect(await script.line()).toBe("Error: the flash does not hold what was written");
  expect(await script.ended).toBe(0);
  expect(chip.operations).toEqual(["E 1 3", "W 4196 156", "W 4352 256", "W 4608 188", "W 4197 1"]);
  const bytes = chip.partitions.get("ota_0")?.subarray(4196, 4796) as Buffer;
  expect([...bytes]).toEqual(Array.from({ length: 600 }, (_, i) => (i === 1 ? 0 : i & 0xff)));
});

test("outside the slot, while busy and after close() operations throw; a close ends the operation under way", async () => {
  const chip = new FlashChip();
  const board = await FakeBoard.start((channel) => chip.serve(channel));
  const script = run(
    `${IMPORT}
    const slot = new Slot();
    await attempt(() => slot.write(new Uint8Array(2), 65535));
    await attempt(() => slot.erase(-4096, 4096));
    await attempt(() => slot.erase(0.5, 4096));
    const first = slot.erase(0, 4096);
    await attempt(() => slot.erase(0, 4096));
    await attempt(() => first);
    const last = slot.write(new Uint8Array(8192), 0);
    slot.close();
    await attempt(() => last);
    await attempt(() => slot.erase(0, 4096));
    await attempt(() => slot.size);
    `,
    { env: board.env },
  );
  const lines = [
    "RangeError: outside the slot",
    "RangeError: outside the slot",
    "RangeError: outside the slot",
    "Error: the slot is busy",
    "done",
    "Error: the slot was closed",
    "SyntaxError: closed",
    "SyntaxError: closed",
  ];
  for (const line of lines) expect(await script.line()).toBe(line);
  expect(await script.ended).toBe(0);
  expect(chip.operations).toEqual(["E 0 1"]);
});
