// SPDX-License-Identifier: Apache-2.0
import { probe, run } from "./script";

let library: string[];
beforeAll(() => (library = probe()));

test("a watched descriptor calls back while it is readable, reports the end, and can be unwatched inside the callback", async () => {
  const { status, lines } = await run(
    `
    const bytes = [];
    native("xs_probe_pipe").call(undefined, (byte) => { bytes.push(byte); if (byte < 0) trace(bytes.join(), "\\n"); }, "abc");`,
    { arguments: library },
  );
  expect(lines).toEqual(["97,98,99,-1"]);
  expect(status).toBe(0);
});
