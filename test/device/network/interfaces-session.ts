// SPDX-License-Identifier: Apache-2.0
/**
 * Run by the test of several interfaces inside network, mount and process namespaces of its own: a computer with two networks, a device on
 * each, and `npm start` with a `--host`. What is found where is printed as one line of JSON. All of it ends with the process namespace.
 */
import { execFileSync, spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Bonjour, type Service } from "bonjour-service";
import * as dns from "dns-packet";
import { Connection } from "../../../tools/tcam/connection";
import { Launcher } from "../launcher/launcher";

/** A camera as it is found. */
export interface Found {
  addresses: string[];
  /** The name that it gives at the first of them. */
  camera: unknown;
  /** Addresses in its answers to plain resolvers. */
  plain: string[];
}

export interface Start {
  /** `--host`; undefined: left out. */
  host: string | undefined;
  /** What is printed as the camera's address. */
  shown: string[];
  /** Interfaces of the computer on which the group of multicast DNS has been joined. */
  joined: string[];
  /** On the computer's loopback interface ("loopback"), and by the devices on its networks. */
  found: Record<string, Found>;
}

/** The computer's interface to each device, with its address. */
export const NETWORKS = { phone: "10.77.0.1", tablet: "10.78.0.1" } as const;
const NAME = "tCam-Mini-EFB5";
const GROUP = "224.0.0.251";
const GROUP_IN_PROC = "FB0000E0";
const MDNS_PORT = 5353;
const PLAIN_RESOLVERS = 24;
const PATIENCE = 60_000;

const ip = (...words: string[]): void => void execFileSync("ip", words, { stdio: ["ignore", "ignore", "inherit"] });

/** A computer with two networks and nothing else, and a device on each. */
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
    const [lines] = await launcher.print(/^ {2}Camera: +\S+\n(?: {4,}\S+\n)*/m, PATIENCE);
    const shown = [...lines.matchAll(/(\d+\.\d+\.\d+\.\d+):\d+/g)].map(([, address]) => address ?? "");
    for (const address of shown)
      await launcher.print(new RegExp(`announcing .* at ${address.replaceAll(".", "\\.")} port`), PATIENCE);
    const found: Record<string, Found> = {};
    for (const device of devices) found[device] = await ask(device);
    return { host, shown, joined: joined(), found };
  } finally {
    launcher.child.kill("SIGTERM");
    await launcher.ended;
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

/** Has a device look for the camera. @param device "loopback": this computer */
function ask(device: string): Promise<Found> {
  const where = device === "loopback" ? [] : ["ip", "netns", "exec", device];
  const [program = "", ...words] = [...where, process.execPath, "--import", "tsx", __filename, "find", device];
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve(JSON.parse(out) as Found) : reject(new Error(`${device}: no camera found`)),
    );
  });
}

/**
 * Asks for the camera's address as plain resolvers do, which are answered at once: at that address from many ports, so that each of the
 * camera's sockets, which share one, would get some; then the group, twice, to know that all others have been answered.
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
  const timer = setTimeout(() => process.exit(1), PATIENCE);
  const { addresses = [], port } = await new Promise<Service>((resolve) =>
    bonjour.find({ type: "tcam-socket" }, resolve),
  );
  const connection = await Connection.open({ host: addresses[0] ?? "", port, timeout: PATIENCE });
  const { status } = await connection.call("get_status");
  connection.close();
  bonjour.destroy();
  const plain = device === "loopback" ? [] : await askPlainly(addresses[0] ?? "");
  clearTimeout(timer);
  return { addresses, camera: (status as { Camera: unknown }).Camera, plain };
}

async function main([task, device = ""]: string[]): Promise<void> {
  if (task === "find") {
    process.stdout.write(JSON.stringify(await find(device)));
    return;
  }
  isolate();
  // That the namespaces can be made is all that a probe wants to know.
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
