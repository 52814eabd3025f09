// SPDX-License-Identifier: Apache-2.0
import { FakeBoard } from "./fake-board";
import { KeyValues } from "./key-value-board";
import { run } from "./run";

test("a missing key is undefined; another type, a long key, writing read-only and use after close throw", async () => {
  const values = new KeyValues();
  const board = await FakeBoard.start((channel) => values.serve(channel));
  const script = run(
    `
    import KV from "embedded:storage/key-value";
    const attempt = (action) => { try { say(action()); } catch (error) { say(error.name + ": " + error.message); } };
    const store = KV.open({ path: "test", format: "string" });
    attempt(() => store.read("missing"));
    attempt(() => store.delete("missing"));
    store.write("a", "text");
    store.write("b23456789012345", "text");
    attempt(() => store.write("b234567890123456", "text"));
    attempt(() => store.read(""));
    attempt(() => store.read());
    attempt(() => store.write("a"));
    store.format = "uint8";
    attempt(() => store.read("a"));
    attempt(() => { store.format = "float"; });
    attempt(() => Array.from(store).join());
    const reader = KV.open({ path: "test", format: "string", mode: "r" });
    attempt(() => reader.read("a"));
    attempt(() => reader.write("a", "other"));
    attempt(() => reader.delete("a"));
    reader.close(); reader.close();
    attempt(() => reader.read("a"));
    attempt(() => KV.open({}));
    attempt(() => KV.open({ path: "test", mode: "w" }));
    attempt(() => KV.open({ path: "test", format: "xyzzy" }));
    store.delete("a");
    attempt(() => Array.from(store).join());
    store.close();
    `,
    { env: board.env },
  );
  for (const line of [
    "",
    "",
    "RangeError: key must have 1 to 15 bytes",
    "RangeError: key must have 1 to 15 bytes",
    "SyntaxError: no key",
    "SyntaxError: no value",
    "TypeError: mismatch",
    "RangeError: unsupported format",
    "a,b23456789012345",
    "text",
    "Error: read-only",
    "Error: read-only",
    "SyntaxError: closed",
    "Error: no path",
    "Error: invalid mode",
    "RangeError: unsupported format",
    "b23456789012345",
  ])
    expect(await script.line()).toBe(line);
  expect(await script.ended).toBe(0);
});

test("a write that the board refuses throws with its text", async () => {
  const board = await FakeBoard.start((channel) => {
    channel.onMessage = () => channel.send("F", "no space left");
    return { ok: true };
  });
  const script = run(
    `
    import KV from "embedded:storage/key-value";
    try { KV.open({ path: "test" }).write("a", new ArrayBuffer(1)); say("no error"); } catch (error) { say(error.message); }
    `,
    { env: board.env },
  );
  expect(await script.line()).toBe("no space left");
});
