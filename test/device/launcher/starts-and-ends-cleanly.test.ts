// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { haveEnded, Launcher, processesWith, typeScript } from "./launcher";

let directory = "";
let launcher: Launcher | undefined;
const MARK = "TCAM_TEST_MARK";
let mark = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tcam-launcher-"));
  mark = `${process.pid}-${directory}`;
});
afterEach(() => {
  launcher?.kill();
  rmSync(directory, { recursive: true, force: true });
});
/** Starts it as `npm start` does: a process of the TypeScript loader has the launcher's as its child. */
const start = (...args: string[]): Launcher => {
  const common = ["--port", "0", "--http", "0", "--control", "0", "--data", join(directory, "data")];
  const program = typeScript("simulator/start.ts");
  return (launcher = new Launcher([...common, ...args], { [MARK]: mark }, program));
};

/** Sends a command. @returns the answer */
function ask(port: number, command: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(`\x02${JSON.stringify(command)}\x03`));
    let text = "";
    socket.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
      if (!text.includes("\x03")) return;
      socket.destroy();
      resolve(text.slice(1, -1));
    });
    socket.on("error", reject);
  });
}

test.each(["SIGINT", "SIGTERM"] as const)(
  "it prints the addresses, the camera answers, and %s ends all processes",
  async (signal) => {
    const running = start();
    const port = Number((await running.prints(/Camera: +127\.0\.0\.1:(\d+)/))[1]);
    const control = Number((await running.prints(/Control page: http:\/\/127\.0\.0\.1:(\d+)\//))[1]);
    expect(await ask(port, { cmd: "get_status" })).toContain('"Camera":"tCam-Mini-');
    const state = (await (await fetch(`http://127.0.0.1:${control}/state`)).json()) as { hostSpiSocket: string };
    expect(await running.prints(/^\d\d:\d\d:\d\d\.\d{3} I main: ready/m)).toBeTruthy();
    expect(processesWith(`${MARK}=${mark}`).length).toBeGreaterThanOrEqual(2);
    running.child.kill(signal);
    expect(await running.exit).toMatchObject({ code: 0, err: "" });
    await haveEnded(`${MARK}=${mark}`);
    expect(existsSync(state.hostSpiSocket)).toBe(false);
    expect(existsSync(join(directory, "data/lock"))).toBe(false);
  },
);

test("the end of the reader of its log ends all processes without a message", async () => {
  const running = start();
  await running.prints(/main: version/);
  running.child.stdout?.destroy();
  expect(await running.exit).toMatchObject({ code: 141, err: "" });
  await haveEnded(`${MARK}=${mark}`);
  expect(existsSync(join(directory, "data/lock"))).toBe(false);
});

test("after SIGKILL no firmware runs, and the data folder can be used again", async () => {
  const running = start("--mode", "serial");
  await running.prints(/Serial port: +\/dev\/pts\/\d+/);
  // Kills the group: loader and launcher, but neither the firmware nor the terminal's helper.
  launcher?.kill();
  await running.exit;
  await haveEnded(`${MARK}=${mark}`);
  const next = start();
  await next.prints(/Camera: /);
});

test("settings survive a restart", async () => {
  for (const [command, answer] of [
    [{ cmd: "set_config", args: { agc_enabled: 0, emissivity: 77, gain_mode: 0 } }, "set_config success"],
    [{ cmd: "get_config" }, '"emissivity":77'],
  ] as const) {
    const running = start();
    const port = Number((await running.prints(/Camera: +127\.0\.0\.1:(\d+)/))[1]);
    await running.prints(/camera: Lepton .* is set up/);
    expect(await ask(port, command)).toContain(answer);
    running.child.kill("SIGTERM");
    await running.exit;
  }
});
