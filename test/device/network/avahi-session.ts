// SPDX-License-Identifier: Apache-2.0
/**
 * Run by the test of Avahi inside network, mount and process namespaces of its own: a bus, Avahi's daemon and browser, and a virtual camera that
 * changes its name and then leaves. What the browser told is printed as one line of JSON. Whatever is started here ends with the process
 * namespace.
 */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Connection } from "../../../tools/tcam/connection";
import { VirtualCamera } from "../../../simulator/board/virtual-camera";

/** A line of `avahi-browse --parsable`: appeared, resolved, or gone. */
export interface Told {
  what: "+" | "=" | "-";
  name: string;
  host?: string;
  address?: string;
  port?: number;
  txt?: string[];
}

export interface SessionResult {
  port: number;
  told: Told[];
  /** What the system's resolver tool says of the first host name. */
  resolved: string;
  /** Names the camera gave itself when asked at the addresses that were found. */
  cameras: unknown[];
}

const SERVICE = "_tcam-socket._tcp";
const NEW_NAME = "Café, 2nd floor";
const PATIENCE = 30_000;

const BUS = (path: string): string => `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=${path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>
`;
const AVAHI = `[server]
host-name=browser
use-ipv4=yes
use-ipv6=no
allow-interfaces=lo
[publish]
disable-publishing=yes
`;

async function main(): Promise<void> {
  isolate();
  const folder = mkdtempSync(join(tmpdir(), "tcam-avahi-"));
  let device: VirtualCamera | undefined;
  try {
    await startAvahi(folder);
    // For tools/optional-tools.ts: Avahi runs here.
    if (process.argv.includes("--probe")) return;
    const told: Told[] = [];
    const browser = spawn("avahi-browse", ["--resolve", "--parsable", SERVICE], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    createInterface({ input: browser.stdout }).on("line", (line) => told.push(parse(line)));
    device = await VirtualCamera.start({ control: undefined, speed: 2 });
    const result = await watch(device, told);
    process.stdout.write(`${JSON.stringify(result)}\n`);
  } finally {
    await device?.stop();
    rmSync(folder, { recursive: true });
  }
}

/** Nothing but a loopback with multicast, and a /run without the machine's own Avahi. */
function isolate(): void {
  execFileSync("mount", ["-t", "tmpfs", "tmpfs", "/run"]);
  mkdirSync("/run/avahi-daemon");
  execFileSync("ip", ["link", "set", "lo", "up", "multicast", "on"]);
  execFileSync("ip", ["route", "add", "224.0.0.0/4", "dev", "lo"]);
}

async function startAvahi(folder: string): Promise<void> {
  const bus = join(folder, "bus");
  writeFileSync(join(folder, "bus.conf"), BUS(bus));
  writeFileSync(join(folder, "avahi.conf"), AVAHI);
  process.env["DBUS_SYSTEM_BUS_ADDRESS"] = `unix:path=${bus}`;
  const bin = "/usr/sbin:/usr/bin:/sbin:/bin";
  process.env["PATH"] = `${process.env["PATH"] ?? ""}:${bin}`;
  const options = [`--config-file=${join(folder, "bus.conf")}`, "--nofork", "--nopidfile", "--print-address"];
  const dbus = spawn("dbus-daemon", options, { stdio: ["ignore", "pipe", "inherit"] });
  await says(dbus, dbus.stdout, /unix:/);
  const avahi = spawn(
    "avahi-daemon",
    ["-f", join(folder, "avahi.conf"), "--no-drop-root", "--no-chroot", "--no-rlimits"],
    {
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  await says(avahi, avahi.stderr, /Server startup complete/);
}

/** Resolves when a program has printed something. @throws Error when it ends before */
function says(program: ChildProcess, output: NodeJS.ReadableStream, words: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    program.once("error", reject);
    program.once("exit", (code) => reject(new Error(`${program.spawnfile} ended with ${code}`)));
    createInterface({ input: output }).on("line", (line) => {
      process.stderr.write(`${program.spawnfile}: ${line}\n`);
      if (words.test(line)) resolve();
    });
  });
}

async function watch(device: VirtualCamera, told: Told[]): Promise<SessionResult> {
  const first = await find(told, "=");
  const resolved = execFileSync("avahi-resolve", ["-4", "-n", first.host ?? ""], { encoding: "utf8" }).trim();
  const cameras = [await camera(first, { ap_ssid: NEW_NAME })];
  await find(told, "-");
  const second = await find(told, "=", first.name);
  cameras.push(await camera(second, { flags: 0 }));
  await find(told, "-", first.name);
  return { port: device.port, told, resolved, cameras };
}

/** The first line of a kind, of another name than `not`. */
async function find(told: readonly Told[], what: Told["what"], not?: string): Promise<Told> {
  for (const end = performance.now() + PATIENCE; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const line = told.find((one) => one.what === what && one.name !== not);
    if (line) return line;
    if (performance.now() > end) throw new Error(`no "${what}" of avahi-browse; it told ${JSON.stringify(told)}`);
  }
}

/** Asks the camera that was found for its name, and changes its network. */
async function camera({ address = "", port = 0 }: Told, change: object): Promise<unknown> {
  const connection = await Connection.open({ host: address, port, timeout: 10_000 });
  const { status } = await connection.call("get_status");
  await connection.call("set_wifi", change);
  connection.close();
  return (status as { Camera: unknown }).Camera;
}

/** `=;lo;IPv4;name;type;local;host;address;port;"a=1" "b=2"`; the name has bytes as \ddd. */
function parse(line: string): Told {
  const [what = "", , , name = "", , , host, address, port, txt] = line.split(";");
  const told: Told = { what: what as Told["what"], name: unescape(name) };
  if (what !== "=") return told;
  return {
    ...told,
    host,
    address,
    port: Number(port),
    txt: [...(txt ?? "").matchAll(/"([^"]*)"/g)].map(([, one]) => one ?? ""),
  } as Told;
}

function unescape(text: string): string {
  const bytes: number[] = [];
  for (const [part, code] of text.matchAll(/\\(\d{3})|\\?[^]/gu)) {
    if (code !== undefined) bytes.push(Number(code));
    else bytes.push(...Buffer.from(part.replace(/^\\(?=.)/, "")));
  }
  return Buffer.from(bytes).toString("utf8");
}

void main().then(
  () => process.exit(0),
  (error: Error) => {
    process.stderr.write(`${error.stack ?? error.message}\n`);
    process.exit(1);
  },
);
