// SPDX-License-Identifier: Apache-2.0
import { run } from "./script";

test("text and bytes convert both ways, as UTF-8", async () => {
  const { lines } = await run(`
    const text = "caf\\u00e9 \\u{1f321} \\u4e2d";
    const bytes = new Uint8Array(ArrayBuffer.fromString(text));
    trace(Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(""), "\\n");
    trace(String.fromArrayBuffer(bytes.buffer) === text, "\\n");`);
  expect(lines).toEqual([Buffer.from("café 🌡 中").toString("hex"), "true"]);
});
