// SPDX-License-Identifier: Apache-2.0
/** `tcam` as a process of its own, as a user runs it, against a camera of a few lines. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, FakeCamera } from "./fake-camera";

const TCAM = join(__dirname, "../../../tools/tcam/tcam.js");

export const fixture = readFileSync(join(__dirname, "../../fixtures/lepton35-agc-off.tjsn"), "utf8");
export const STATUS = { Camera: "tCam-Mini-EFB5", Model: 262146, Version: "4.0", Time: "00:00:10.000", Date: "1/1/70" };
export const WIFI = {
  ap_ssid: "tCam",
  sta_ssid: "Home",
  flags: 15,
  ap_ip_addr: "192.168.4.1",
  sta_ip_addr: "10.0.0.9",
  sta_netmask: "255.0.0.0",
  cur_ip_addr: "192.168.4.1",
};

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export class Tcam {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  out = "";
  err = "";

  /** @param command a shell's, with "$@" for tcam and its arguments; default: tcam itself, without a shell */
  constructor(args: readonly string[], command?: string) {
    const tcam = [process.execPath, TCAM, ...args];
    const [file = "", ...rest] = command === undefined ? tcam : ["bash", "-c", command, "bash", ...tcam];
    this.child = spawn(file, rest, { stdio: ["ignore", "pipe", "pipe"] });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.out += text));
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.err += text));
    this.ended = new Promise((resolve) => {
      this.child.once("close", (code, signal) => resolve({ code, signal, out: this.out, err: this.err }));
    });
  }

  static run(...args: string[]): Promise<Ended> {
    return new Tcam(args).ended;
  }
}

export type Behaviour = (command: Command, camera: FakeCamera) => void;

/** Answers as a camera does. A stream is three images, and then none. */
export const usual: Behaviour = ({ cmd }, self) => {
  if (cmd === "get_status") self.send({ status: STATUS });
  else if (cmd === "get_config") self.send({ config: { agc_enabled: 1, emissivity: 98, gain_mode: 2 } });
  else if (cmd === "get_wifi") self.send({ wifi: WIFI });
  else if (cmd === "get_image") self.sendText(fixture);
  else {
    self.info(1, `${cmd} success`);
    if (cmd === "stream_on") for (let i = 0; i < 3; i++) self.sendText(fixture);
  }
};

/** A camera, a folder and what was started for one test, and all gone after it. */
export class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), "tcam-command-line-"));
  camera: FakeCamera | undefined;
  readonly #running: Tcam[] = [];

  /** @returns the address, as --host takes it */
  async listen(behaviour: Behaviour = usual, onConnect?: (camera: FakeCamera) => void): Promise<string> {
    await this.camera?.close();
    this.camera = new FakeCamera(behaviour, onConnect);
    return `127.0.0.1:${await this.camera.listen()}`;
  }

  /** Runs it to its end. */
  async tcam(behaviour: Behaviour, ...args: string[]): Promise<Ended> {
    return (await this.start(behaviour, args)).ended;
  }

  /** Starts it, to be steered while it runs. */
  async start(behaviour: Behaviour, args: string[], command?: string): Promise<Tcam> {
    const started = new Tcam(["--host", await this.listen(behaviour), ...args], command);
    this.#running.push(started);
    return started;
  }

  /** The commands that the camera was sent. */
  sent(): string[] {
    return this.camera?.commands.map(({ cmd }) => cmd) ?? [];
  }

  /** Resolves when the camera was sent a command. */
  async commanded(cmd: string): Promise<void> {
    while (!this.sent().includes(cmd)) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async close(): Promise<void> {
    for (const { child } of this.#running) child.kill("SIGKILL");
    await this.camera?.close();
    rmSync(this.folder, { recursive: true });
  }
}
