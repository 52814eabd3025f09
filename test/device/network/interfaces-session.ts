// SPDX-License-Identifier: Apache-2.0
/**
 * The part of the interfaces test in its own network, mount and process namespaces: a computer with two networks, a device on
 * each, and `npm start` with a `--host`. Prints the cameras found by each device as one line of JSON. All ends with the process namespace.
 */
import { execFileSync } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Bonjour, type Service } from "bonjour-service";
import * as dns from "dns-packet";
import { Connection } from "../../../tools/tcam/connection";
import { Program } from "../../program";
import { Launcher } from "../launcher/launcher";

/** A camera that was found. */
export interface Found {
  addresses: string[];
  /** The name in its status, read at the first address. */
  camera: unknown;
  /** Addresses in its answers to plain resolvers. */
  plain: string[];
}

export interface Start {
  /** `--host`; undefined: absent. */
  host: string | undefined;
  /** The printed addresses of the camera. */
  shown: string[];
  /** The computer's interfaces that have joined the group of multicast DNS. */
  joined: string[];
  /** Cameras found on the loopback interface ("loopback") and by the devices on the networks. */
  found: Record<string, Found>;
}

/** The computer's interface to each device, with its address. */
export const NETWORKS = { phone: "10.77.0.1", tablet: "10.78.0.1" } as const;
const NAME = "tCam-Mini-EFB5";
const GROUP = "224.0.0.251";
const GROUP_IN_PROC = "FB0000E0";
const MDNS_PORT = 5353;
const PLAIN_RESOLVERS = 24;
const TIMEOUT = 60_000;

const ip = (...words: string[]): void => void execFileSync("ip", words, { stdio: ["ignore", "ignore", "inherit"] });

/** Sets up a computer with two networks and a device on each. */
function isolate(): void {
  execFileSync("mount", ["-t", "tmpfs", "tmpfs", "/run"]);
  ip("link", "set", "lo", "up");
  for (const [device, address] of Object.entries(NETWORKS)) {
    ip("netns", "add", device);
    ip("link", "add", `to-${device}`, "type", "veth", "peer", "name", "eth0", "netns", device);
    ip("address", "add", `${address}/24`, "dev", `to-${device}`);
    ip("link", "set", `to-${device}`, "up");
    ip("-n", device, "address", "add", `${address.replace(/1$/, "2")}/24`, "dev", "eth0");
    ip("-n", device, "link", "set", "eth0", "up");
    ip("-n", device, "route", "add", "default", "dev", "eth0");
  }
}

async function start(host: string | undefined, devices: readonly string[]): Promise<Start> {
  const folder = mkdtempSync(join(tmpdir(), "tcam-interfaces-"));
  const options = ["--port", "0", "--no-control", "--data", folder];
  const launcher = new Launcher(host === undefined ? options : [...options, "--host", host]);
  try {
    const [lines] = await launcher.prints(/^ {2}Camera: +\S+\n(?: {4,}\S+\n)*/m);
    const shown = [...lines.matchAll(/(\d+\.\d+\.\d+\.\d+):\d+/g)].map(([, address]) => address ?? "");
    for (const address of shown)
      await launcher.prints(new RegExp(`announcing .* at ${address.replaceAll(".", "\\.")} port`));
    const found: Record<string, Found> = {};
    for (const device of devices) found[device] = await ask(device);
    return { host, shown, joined: joined(), found };
  } finally {
    launcher.child.kill("SIGTERM");
    await launcher.exit;
    rmSync(folder, { recursive: true, force: true });
  }
}

function joined(): string[] {
  const interfaces: string[] = [];
  let current = "";
  for (const line of readFileSync("/proc/net/igmp", "utf8").split("\n")) {
    current = /^\d+\s+(\S+)/.exec(line)?.[1] ?? current;
    if (line.trim().startsWith(GROUP_IN_PROC)) interfaces.push(current);
  }
  return interfaces;
}

/** Runs `find` on a device. @param device "loopback": this computer */
async function ask(device: string): Promise<Found> {
  const where = device === "loopback" ? [] : ["ip", "netns", "exec", device];
  const command = [...where, process.execPath, "--import", "tsx", __filename, "find", device];
  const { code, out, err } = await new Program(command).exit;
  process.stderr.write(err);
  if (code !== 0) throw new Error(`${device}: no camera found`);
  return JSON.parse(out) as Found;
}

/**
 * Asks for the camera's address as plain resolvers do, which are answered at once: at that address from many ports, so that each of the
 * camera's sockets, which share port 5353, would get some; then the group, twice: all earlier queries are answered then.
 */
async function askPlainly(address: string): Promise<string[]> {
  const query = (id: number): Buffer =>
    dns.encode({ type: "query", id, questions: [{ name: `${NAME}.local`, type: "A" }] });
  const heard = new Set<string>();
  const sockets: Socket[] = [];
  for (let i = 0; i < PLAIN_RESOLVERS; i++) {
    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(0, resolve));
    sockets.push(socket);
  }
  await new Promise<void>((resolve) => {
    for (const socket of sockets) {
      socket.on("message", (message) => {
        const { id = 0, answers = [] } = dns.decode(message);
        for (const answer of answers) if (answer.type === "A") heard.add(answer.data as string);
        if (id === 1) socket.send(query(2), MDNS_PORT, GROUP);
        if (id === 2) resolve();
      });
      socket.send(query(0), MDNS_PORT, address);
    }
    sockets[0]?.send(query(1), MDNS_PORT, GROUP);
  });
  for (const socket of sockets) socket.close();
  return [...heard];
}

async function find(device: string): Promise<Found> {
  const loopback = { interface: "127.0.0.1", bind: "0.0.0.0" } as object;
  const bonjour = new Bonjour(device === "loopback" ? loopback : {});
  const { addresses = [], port } = await new Promise<Service>((resolve) =>
    bonjour.find({ type: "tcam-socket" }, resolve),
  );
  const connection = await Connection.open({ host: addresses[0] ?? "", port, timeout: TIMEOUT });
  const { status } = await connection.call("get_status");
  connection.close();
  bonjour.destroy();
  const plain = device === "loopback" ? [] : await askPlainly(addresses[0] ?? "");
  return { addresses, camera: (status as { Camera: unknown }).Camera, plain };
}

async function main([task, device = ""]: string[]): Promise<void> {
  if (task === "find") {
    process.stdout.write(JSON.stringify(await find(device)));
    return;
  }
  isolate();
  // The probe only checks that the namespaces can be created.
  if (task === "--probe") return;
  const starts = [
    await start(undefined, ["loopback"]),
    await start("0.0.0.0", ["phone", "tablet"]),
    await start(NETWORKS.phone, ["phone"]),
  ];
  process.stdout.write(`${JSON.stringify(starts)}\n`);
}

if (require.main === module) {
  main(process.argv.slice(2)).then(
    () => process.exit(0),
    (error: Error) => {
      process.stderr.write(`${error.stack ?? error.message}\n`);
      process.exit(1);
    },
  );
}
