// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { Bonjour } from "bonjour-service";
import { eventually } from "../real-time";
import { discover, type FoundCamera } from "../../../tools/tcam/discover";
import { VirtualCamera } from "../../../simulator/board/virtual-camera";
import { boardTest } from "../camera/rig";
import { connected } from "../update/rig";

/** Multicast DNS clients of this computer. */
const REAL = { network: "real", speed: 1 } as const;

const TCAM = join(__dirname, "../../../tools/tcam/tcam.js");

async function tcam(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [TCAM, "--interface", "127.0.0.1", ...args]);
  return stdout;
}

/** Discovers until the cameras with these ports are found. Other tests' cameras are ignored. */
async function found(ports: readonly number[]): Promise<FoundCamera[]> {
  let cameras: FoundCamera[] = [];
  await eventually("the cameras are found", async () => {
    cameras = (await discover({ wait: 1000, interface: "127.0.0.1" })).filter(({ port }) => ports.includes(port));
    return cameras.length === ports.length;
  });
  return cameras;
}

boardTest(
  "discovery on the loopback interface finds the virtual camera",
  async ({ virtual }) => {
    expect(await found([virtual.port])).toEqual([
      { name: expect.stringMatching(/^tCam-Mini-EFB5/), host: "127.0.0.1", port: virtual.port, version: "4.0" },
    ]);
  },
  REAL,
);

boardTest(
  "two cameras whose names differ after a dot are both found with their whole names",
  async ({ virtual }) => {
    const other = await VirtualCamera.start({ control: undefined });
    try {
      await other.ready();
      const cameras = [virtual, other].map((one, i) => ({ one, name: `Kiln ${virtual.port}.${i}` }));
      for (const { one, name } of cameras) {
        await connected(one, (connection) => connection.call("set_wifi", { ap_ssid: name }));
        await one.waitForLog(new RegExp(`announcing "${name}"`));
      }
      const listed = cameras.map(({ one, name }) => ({ name, host: "127.0.0.1", port: one.port, version: "4.0" }));
      await eventually("both have their new names", async () => {
        const names = (await found(cameras.map(({ one }) => one.port))).map(({ name }) => name);
        return cameras.every(({ name }) => names.includes(name));
      });
      const out = await tcam("discover");
      for (const { name, host, port, version } of listed)
        expect(out).toContain(`${name}  ${host}:${port}  version ${version}\n`);
    } finally {
      await other.stop();
    }
  },
  REAL,
);

/** The used part of multicast-dns, which has no type declarations. */
interface Responder {
  on(event: "query", listener: () => void): void;
  respond(answers: object[]): void;
}

test("names and versions of other devices are printed escaped", async () => {
  const bonjour = new Bonjour({ interface: "127.0.0.1", bind: "0.0.0.0" } as object);
  const { mdns } = (bonjour as unknown as { server: { mdns: Responder } }).server;
  const type = "_tcam-socket._tcp.local";
  const service = `Kiln\x1b]0;owned\x07\x9b31m\u202e.${type}`;
  const answers = [
    { type: "PTR", name: type, ttl: 120, data: service },
    { type: "SRV", name: service, ttl: 120, data: { target: "hostile.local", port: 7 } },
    { type: "TXT", name: service, ttl: 120, data: ["version=4.0\x1b[2J"] },
    { type: "A", name: "hostile.local", ttl: 120, data: "192.0.2.7" },
  ];
  mdns.on("query", () => mdns.respond(answers));
  try {
    const shown = "Kiln\\u001b]0;owned\\u0007\\u009b31m\\u202e  192.0.2.7:7  version 4.0\\u001b[2J\n";
    expect(await tcam("discover")).toContain(shown);
  } finally {
    bonjour.destroy();
  }
});
