// SPDX-License-Identifier: Apache-2.0
import { run } from "./script";

test("mc/config exports what --config sets: numbers, truth values, text", async () => {
  const { lines } = await run(
    `import config from "mc/config"; trace(JSON.stringify(config), Object.isFrozen(config), "\\n");`,
    {
      arguments: [
        "--config",
        "port=5001",
        "--config",
        'name=a "b" \\c',
        "--config",
        "on=true",
        "--config",
        "address=1.2.3",
      ],
    },
  );
  expect(lines).toEqual([`{"port":5001,"name":"a \\"b\\" \\\\c","on":true,"address":"1.2.3"}true`]);
});
