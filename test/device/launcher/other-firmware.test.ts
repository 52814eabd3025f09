// SPDX-License-Identifier: Apache-2.0
/** `npm start` with a firmware that is not its own: named in the command line, or started by somebody else. The XS host plays both. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { Connection } from "../../../tools/tcam/connection";
import { firmwareRoot, hostProgram, moduleMap } from "../../../tools/build";
import { Launcher } from "./launcher";

const command = [hostProgram(), "--root", firmwareRoot, "--map", moduleMap, "main"];

let directory = "";
let launcher: Launcher | undefined;
let firmware: ChildProcess | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tcam-other-"));
});
afterEach(() => {
  firmware?.kill("SIGKILL");
  launcher?.destroy();
  rmSync(directory, { recursive: true, force: true });
});

function start(...args: string[]): Launcher {
  launcher = new Launcher(["--port", "0", "--control", "0", "--data", join(directory, "data"), ...args]);
  return launcher;
}

async function version(port: number): Promise<unknown> {
  const connection = await Connection.open({ host: "127.0.0.1", port, timeout: 20_000 });
  const { status } = (await connection.call("get_status")) as { status: { Version: string } };
  connection.close();
  return status.Version;
}

async function says(stream: Readable, text: string): Promise<void> {
  let said = "";
  for await (const piece of stream.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
    said += piece as string;
    if (said.includes(text)) return;
  }
  throw new Error(`it has ended without "${text}":\n${said}`);
}

test("a program given in the command line is the firmware", async () => {
  const running = start("--firmware", command.join(" "));
  const [, port] = await running.print(/Camera: +127\.0\.0\.1:(\d+)/);
  expect(await version(Number(port))).toBe("4.0");
});

test("with --no-firmware the board waits for one, and again when it has ended", async () => {
  const running = start("--no-firmware");
  const [, board, listen, port] = await running.print(/TCAM_BOARD=(\S+) TCAM_LISTEN=(\S+:(\d+))/);
  for (let round = 0; round < 2; round++) {
    const [program = "", ...args] = command;
    const environment = { ...process.env, TCAM_BOARD: board, TCAM_LISTEN: listen };
    firmware = spawn(program, args, { env: environment, stdio: ["ignore", "pipe", "ignore"] });
    await says(firmware.stdout as Readable, "listening on port 5001");
    expect(await version(Number(port))).toBe("4.0");
    firmware.kill("SIGKILL");
    await once(firmware, "close");
  }
  running.child.kill("SIGTERM");
  expect(await running.ended).toMatchObject({ code: 0, err: "" });
});

test("a program that is not there is said once", async () => {
  const { code, err } = await start("--firmware", "nosuch --root x").ended;
  expect(err.trim()).toBe("start: no program nosuch, which --firmware names");
  expect(code).toBe(1);
});

test("only its own firmware runs faster than real time", async () => {
  const { code, err } = await start("--no-firmware", "--speed", "2").ended;
  expect(err.trim()).toBe("start: only the engine runner can run at another speed than 1");
  expect(code).toBe(1);
});
