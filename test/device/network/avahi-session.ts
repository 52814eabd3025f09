// SPDX-License-Identifier: Apache-2.0
/**
 * The part of the Avahi test in its own network, mount and process namespaces: a bus, Avahi's daemon and browser, and a virtual camera that
 * changes its name and then stops. Prints the browser's output as one line of JSON. All processes started here end with the process
 * namespace.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Connection } from "../../../tools/tcam/connection";
import { VirtualCamera } from "../../../simulator/board/virtual-camera";
import { Program } from "../../program";
import { eventually } from "../real-time";

/** A line of `avahi-browse --parsable`: appeared, resolved or disappeared. */
export interface BrowserLine {
  what: "+" | "=" | "-";
  name: string;
  host?: string;
  address?: string;
  port?: number;
  txt?: string[];
}

export interface SessionResult {
  port: number;
  lines: BrowserLine[];
  /** Output of the system's resolver tool for the first host name. */
  resolved: string;
  /** Names in the camera's status, read at the addresses that were found. */
  cameras: unknown[];
}

const SERVICE = "_tcam-socket._tcp";
const NEW_NAME = "Café, 2nd floor";

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
  let camera: VirtualCamera | undefined;
  try {
    await startAvahi(folder);
    // For tools/optional-tools.ts: Avahi works here.
    if (process.argv.includes("--probe")) return;
    const lines: BrowserLine[] = [];
    const browser = spawn("avahi-browse", ["--resolve", "--parsable", SERVICE], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    createInterface({ input: browser.stdout }).on("line", (line) => lines.push(parse(line)));
    camera = await VirtualCamera.start({ control: undefined, speed: 2 });
    const result = await watch(camera, lines);
    process.stdout.write(`${JSON.stringify(result)}\n`);
  } finally {
    await camera?.stop();
    rmSync(folder, { recursive: true });
  }
}

/** Only a loopback interface with multicast, and a /run without this computer's Avahi. */
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
  await new Program(["dbus-daemon", ...options]).prints(/unix:/);
  const avahi = ["avahi-daemon", "-f", join(folder, "avahi.conf"), "--no-drop-root", "--no-chroot", "--no-rlimits"];
  await new Program(avahi).prints(/Server startup complete/, { stream: "err" });
}

async function watch(camera: VirtualCamera, lines: BrowserLine[]): Promise<SessionResult> {
  const first = await find(lines, "=");
  const resolved = execFileSync("avahi-resolve", ["-4", "-n", first.host ?? ""], { encoding: "utf8" }).trim();
  const cameras = [await readNameAndConfigure(first, { ap_ssid: NEW_NAME })];
  await find(lines, "-");
  const second = await find(lines, "=", first.name);
  cameras.push(await readNameAndConfigure(second, { flags: 0 }));
  await find(lines, "-", first.name);
  return { port: camera.port, lines, resolved, cameras };
}

/** Resolves with the first line of a kind with another name than `not`. */
async function find(lines: readonly BrowserLine[], what: BrowserLine["what"], not?: string): Promise<BrowserLine> {
  const first = (): BrowserLine | undefined => lines.find((one) => one.what === what && one.name !== not);
  await eventually(
    `"${what}" of avahi-browse`,
    () => first() !== undefined,
    () => `its lines: ${JSON.stringify(lines)}`,
  );
  return first() as BrowserLine;
}

/** Reads the name of the camera that was found and changes its network. */
async function readNameAndConfigure({ address = "", port = 0 }: BrowserLine, change: object): Promise<unknown> {
  const connection = await Connection.open({ host: address, port, timeout: 10_000 });
  const { status } = await connection.call("get_status");
  await connection.call("set_wifi", change);
  connection.close();
  return (status as { Camera: unknown }).Camera;
}

/** `=;lo;IPv4;name;type;local;host;address;port;"a=1" "b=2"`; bytes in the name may be \ddd. */
function parse(line: string): BrowserLine {
  const [what = "", , , name = "", , , host, address, port, txt] = line.split(";");
  const parsed: BrowserLine = { what: what as BrowserLine["what"], name: unescape(name) };
  if (what !== "=") return parsed;
  return {
    ...parsed,
    host,
    address,
    port: Number(port),
    txt: [...(txt ?? "").matchAll(/"([^"]*)"/g)].map(([, one]) => one ?? ""),
  } as BrowserLine;
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
