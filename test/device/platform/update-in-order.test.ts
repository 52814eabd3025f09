// SPDX-License-Identifier: Apache-2.0
import { FakeBoard } from "./fake-board";
import { FlashChip } from "./flash-board";
import { run } from "./run";

test("an update erases before each write, refuses other data than an image, and changes the boot partition only when complete", async () => {
  const chip = new FlashChip();
  const board = await FakeBoard.start((channel) => chip.serve(channel));
  const script = run(
    `
    import Flash from "embedded:storage/flash";
    import Update from "embedded:update";
    const attempt = (action) => { try { say(action()); } catch (error) { say(error.name + ": " + error.message); } };
    const partition = Flash.open({ path: "nextota" });
    attempt(() => Update.open({ partition }).write(Uint8Array.of(1, 2, 3)));
    attempt(() => Update.open({ partition: "nextota" }));
    attempt(() => Update.open({ partition, byteLength: 65537 }));
    attempt(() => Update.open({ partition: Flash.open({ path: "nextota", mode: "r" }) }));
    const update = Update.open({ partition, byteLength: 10000 });
    attempt(() => update.write(new Uint8Array(5), 0));
    const piece = new Uint8Array(5000);
    piece[0] = 0xe9;
    update.write(piece);
    update.write(piece);
    attempt(() => update.complete());
    attempt(() => update.complete());
    attempt(() => update.write(piece));
    update.close(); update.close();
    attempt(() => update.complete());
    partition.close();
    say("end");
    `,
    { env: board.env },
  );
  for (const line of [
    "Error: write failed: no image",
    "SyntaxError: invalid partition",
    "RangeError: invalid byteLength",
    "Error: read-only partition",
    "Error: offset not allowed",
    "",
    "Error: already complete",
    "Error: already complete",
    "SyntaxError: closed",
    "end",
  ])
    expect(await script.line()).toBe(line);
  expect(chip.operations).toEqual(["E 0 2", "W 0 5000", "E 2 3", "W 5000 5000"]);
  expect(chip.booted).toBe("ota_0");
});

test("an image that the board finds invalid does not become the boot partition", async () => {
  const chip = new FlashChip();
  const board = await FakeBoard.start((channel) => chip.serve(channel));
  const script = run(
    `
    import Flash from "embedded:storage/flash";
    import Update from "embedded:update";
    const partition = Flash.open({ path: "nextota" });
    try { Update.open({ partition }).complete(); say("no error"); } catch (error) { say(error.message); }
    const update = Update.open({ partition, mode: "w", byteLength: 8192 });
    update.write(Uint8Array.of(1), 1);
    try { update.complete(); say("no error"); } catch (error) { say(error.message); }
    `,
    { env: board.env },
  );
  expect(await script.line()).toBe("end failed: nothing was written");
  expect(await script.line()).toBe("no valid image");
  expect(chip.booted).toBe("");
});
