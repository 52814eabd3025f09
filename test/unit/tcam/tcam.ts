// SPDX-License-Identifier: Apache-2.0
/** Runs `tcam` as a process against a fake camera. */
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundled } from "../../bundled";
import { type Exit, Program } from "../../program";
import { type Command, FakeCamera } from "./fake-camera";

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

export class Tcam extends Program {
  /** @param command a shell command with "$@" for tcam and its arguments; default: tcam itself, without a shell */
  constructor(args: readonly string[], command?: string) {
    const tcam = [...bundled("tools/tcam/main.ts"), ...args];
    super(command === undefined ? tcam : ["bash", "-c", command, "bash", ...tcam]);
  }

  static run(...args: string[]): Promise<Exit> {
    return new Tcam(args).exit;
  }
}

export type Behaviour = (command: Command, camera: FakeCamera) => void;

/** Answers as a camera does. A stream is three images and does not end. */
export const answer: Behaviour = ({ cmd }, self) => {
  if (cmd === "get_status") self.send({ status: STATUS });
  else if (cmd === "get_config") self.send({ config: { agc_enabled: 1, emissivity: 98, gain_mode: 2 } });
  else if (cmd === "get_wifi") self.send({ wifi: WIFI });
  else if (cmd === "get_image") self.sendText(fixture);
  else {
    self.info(1, `${cmd} success`);
    if (cmd === "stream_on") for (let i = 0; i < 3; i++) self.sendText(fixture);
  }
};

/** The fake camera, the folder and the processes of one test. */
export class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), "tcam-command-line-"));
  camera: FakeCamera | undefined;
  readonly #running: Tcam[] = [];

  /** Starts the camera. @returns its address, as --host takes it */
  async listen(behaviour: Behaviour = answer, onConnect?: (camera: FakeCamera) => void): Promise<string> {
    await this.camera?.close();
    this.camera = new FakeCamera(behaviour, onConnect);
    return `127.0.0.1:${await this.camera.listen()}`;
  }

  /** Runs `tcam` to its end. */
  async tcam(behaviour: Behaviour, ...args: string[]): Promise<Exit> {
    return (await this.start(behaviour, args)).exit;
  }

  /** Starts `tcam`. @param command as in `Tcam` */
  async start(behaviour: Behaviour, args: string[], command?: string): Promise<Tcam> {
    const started = new Tcam(["--host", await this.listen(behaviour), ...args], command);
    this.#running.push(started);
    return started;
  }

  /** Names of the commands that the camera has received. */
  received(): string[] {
    return this.camera?.commands.map(({ cmd }) => cmd) ?? [];
  }

  /** Resolves when the camera has received a command. */
  async untilReceived(cmd: string): Promise<void> {
    while (this.camera && !this.received().includes(cmd)) await once(this.camera.events, "command");
  }

  async close(): Promise<void> {
    for (const program of this.#running) program.kill();
    await this.camera?.close();
    rmSync(this.folder, { recursive: true });
  }
}
