// SPDX-License-Identifier: Apache-2.0
/** The example of docs/simulator.md, "A network without sockets", is run as it stands there. */
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "../../..");

test("the documented test of a client runs", () => {
  const text = readFileSync(join(root, "docs/simulator.md"), "utf8");
  const section = text.slice(text.indexOf("## A network without sockets"));
  const example = /```ts\n(.*?)```/s.exec(section)?.[1] ?? "";
  // Its imports are relative to a folder of the repository.
  const file = join(root, "build", `documented-example-${process.pid}.mts`);
  writeFileSync(file, example);
  try {
    const options = { cwd: root, encoding: "utf8", timeout: 120_000 } as const;
    const { status, stderr } = spawnSync(process.execPath, ["--import", "tsx", file], options);
    expect(stderr).toBe("");
    expect(status).toBe(0);
  } finally {
    rmSync(file);
  }
});
