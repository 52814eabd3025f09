// SPDX-License-Identifier: Apache-2.0
import { FakeBoard } from "./fake-board";
import { KeyValues } from "./key-value-board";
import { run } from "./run";

test("each format reads the value it wrote, truncated as on the ESP32, and has its type on the link", async () => {
  const values = new KeyValues();
  const board = await FakeBoard.start((channel) => values.serve(channel));
  const script = run(
    `
    import KV from "embedded:storage/key-value";
    const store = KV.open({ path: "test" });
    const show = (value) => value instanceof ArrayBuffer ? new Uint8Array(value).join() : typeof value + " " + value;
    const test = (format, value) => {
      store.format = format;
      store.write(format, value);
      say(format, show(store.read(format)));
    };
    test("buffer", Uint8Array.of(1, 2, 3, 4).subarray(1, 3));
    test("string", "M\\u00f6ddable\\n");
    test("uint8", 257);
    test("int8", 128);
    test("uint16", -1);
    test("int16", 32769);
    test("uint32", 0xffffffff);
    test("int32", -2);
    test("uint64", -1n);
    test("int64", -2147483648000n);
    store.close();
    `,
    { env: board.env },
  );
  for (const line of [
    "buffer 2,3",
    "string string Möddable",
    "",
    "uint8 number 1",
    "int8 number -128",
    "uint16 number 65535",
    "int16 number -32767",
    "uint32 number 4294967295",
    "int32 number -2",
    "uint64 bigint 18446744073709551615",
    "int64 bigint -2147483648000",
  ])
    expect(await script.line()).toBe(line);
  expect([...values.stored].map(([name, bytes]) => `${name} ${bytes[0]} ${bytes.length - 1}`)).toEqual([
    "test/buffer 0 2",
    "test/string 1 10",
    "test/uint8 2 1",
    "test/int8 3 1",
    "test/uint16 4 2",
    "test/int16 5 2",
    "test/uint32 6 4",
    "test/int32 7 4",
    "test/uint64 8 8",
    "test/int64 9 8",
  ]);
});
