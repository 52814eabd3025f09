// SPDX-License-Identifier: Apache-2.0
/** `npm start` with another firmware: given on the command line, or started separately. The engine runner is both. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Connection } from "../../../tools/tcam/connection";
import { firmwareRoot, moduleMap, runnerProgram } from "../../../tools/build";
import { Program } from "../../program";
import { Launcher } from "./launcher";

const command = [runnerProgram(), "--root", firmwareRoot, "--map", moduleMap, "main"];

let directory = "";
let launcher: Launcher | undefined;
let firmware: Program | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tcam-other-"));
});
afterEach(() => {
  firmware?.kill();
  launcher?.kill();
  rmSync(directory, { recursive: true, force: true });
});

function start(...args: string[]): Launcher {
  launcher = new Launcher(["--port", "0", "--http", "0", "--control", "0", "--data", join(directory, "data"), ...args]);
  return launcher;
}

async function version(port: number): Promise<unknown> {
  const connection = await Connection.open({ host: "127.0.0.1", port, timeout: 20_000 });
  const { status } = (await connection.call("get_status")) as { status: { Version: string } };
  connection.close();
  return status.Version;
}

test("a program given on the command line is the firmware", async () => {
  const running = start("--firmware", command.join(" "));
  const [, port] = await running.prints(/Camera: +127\.0\.0\.1:(\d+)/);
  expect(await version(Number(port))).toBe("4.0");
});

test("with --no-firmware the board waits for a firmware, and for the next one after its end", async () => {
  const running = start("--no-firmware");
  const [, board, listen, port] = await running.prints(/TCAM_BOARD=(\S+) TCAM_LISTEN=(\S+:(\d+))/);
  for (let round = 0; round < 2; round++) {
    firmware = new Program(command, { env: { ...process.env, TCAM_BOARD: board, TCAM_LISTEN: listen } });
    await firmware.prints(/listening on port 5001/);
    expect(await version(Number(port))).toBe("4.0");
    firmware.kill();
    await firmware.exit;
  }
  running.child.kill("SIGTERM");
  expect(await running.exit).toMatchObject({ code: 0, err: "" });
});

test("a missing program is reported once", async () => {
  const { code, err } = await start("--firmware", "nosuch --root x").exit;
  expect(err.trim()).toBe("start: no program nosuch, which --firmware names");
  expect(code).toBe(1);
});

test("another firmware runs only in real time", async () => {
  const { code, err } = await start("--no-firmware", "--speed", "2").exit;
  expect(err.trim()).toBe("start: only the engine runner can run at another speed than 1");
  expect(code).toBe(1);
});
