// SPDX-License-Identifier: Apache-2.0
/** The host program as a person runs it. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HostCamera } from "../../../tools/pi-host/host-camera";
import { bundled } from "../../bundled";
import { makeFirmwareImage } from "../../../simulator/board/storage/firmware-image";
import { pass } from "../board-time";
import { type VirtualWiredCamera, wiredBoardTest } from "./rig";

const ROOT = join(__dirname, "../../..");

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "tcam-host-"))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Starts it in a process group of its own, as a terminal does. */
function start({ wires }: VirtualWiredCamera, ...args: string[]): ChildProcess {
  const [node, file] = bundled("tools/pi-host/main.ts");
  const parameters = [file, "--serial", wires.serial, "--spi", wires.spi, ...args];
  return spawn(node, parameters, { cwd: ROOT, detached: true, stdio: ["ignore", "pipe", "pipe"] });
}

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  out: string;
  err: string;
}

/** @param onOutput called with what came on standard output so far */
function ended(host: ChildProcess, onOutput: (out: string) => void = () => undefined): Promise<Ended> {
  let out = "";
  let err = "";
  host.stderr?.setEncoding("utf8").on("data", (text: string) => (err += text));
  host.stdout?.setEncoding("utf8").on("data", (text: string) => onOutput((out += text)));
  return new Promise((resolve) => host.once("close", (code, signal) => resolve({ code, signal, out, err })));
}

/** Announcements of images in three seconds of board time. */
async function announced({ wires, device }: VirtualWiredCamera): Promise<number> {
  const camera = await HostCamera.open({ ...wires, timeout: 20_000 });
  let count = 0;
  camera.connection.on("image_ready", () => (count += 1));
  await camera.connection.call("get_status");
  await pass(device, 3000);
  camera.close();
  return count;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  wiredBoardTest(
    `${signal} to its process group ends a recording in order: the film is whole, and the camera's stream is off`,
    async (rig) => {
      rig.camera.close();
      const film = join(folder, "film.tmjsn");
      writeFileSync(film, "old");
      const host = start(rig, "stream", "--record", film);
      let signalled = false;
      const { code, err } = await ended(host, () => {
        if (signalled) return;
        signalled = true;
        expect(readFileSync(film, "utf8")).toBe("old");
        process.kill(-(host.pid as number), signal);
      });
      expect([code, err]).toEqual([0, ""]);
      expect(readFileSync(film, "utf8")).toContain('"video_info"');
      expect(readdirSync(folder)).toEqual(["film.tmjsn"]);
      expect(await announced(rig)).toBe(0);
    },
  );

wiredBoardTest("closing the program's output ends its stream, and the camera's, without an error", async (rig) => {
  rig.camera.close();
  const host = start(rig, "stream");
  const end = ended(host);
  host.stdout?.once("data", () => host.stdout?.destroy());
  expect(await end).toMatchObject({ code: null, signal: "SIGPIPE", err: "" });
  expect(await announced(rig)).toBe(0);
});

wiredBoardTest("a film file stays unchanged when the camera has no image", async (rig) => {
  rig.camera.close();
  const film = join(folder, "film.tmjsn");
  writeFileSync(film, "old");
  const { code, out, err } = await ended(start(rig, "stream", "--record", film, "--delay", "-1"));
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain("--delay");
  rig.device.board.hostSpi.broken = true;
  const host = start(rig, "stream", "--record", film);
  let said = "";
  host.stderr?.on("data", (bytes: Buffer) => {
    said += bytes.toString();
    if (said.includes("the camera says: SPI Slave restart error")) host.kill("SIGTERM");
  });
  expect(await ended(host)).toMatchObject({ code: null, signal: "SIGTERM", out: "" });
  expect(readFileSync(film, "utf8")).toBe("old");
  expect(readdirSync(folder)).toEqual(["film.tmjsn"]);
});

wiredBoardTest("it escapes text from the camera, and rejects an older firmware without --yes", async (rig) => {
  const name = "Kiln\x9b31m\u202e";
  await rig.camera.connection.call("set_wifi", { ap_ssid: name });
  rig.camera.close();
  const status = await ended(start(rig, "send", "get_status"));
  expect(status).toMatchObject({ code: 0, err: "" });
  expect(status.out).toContain('"Camera":"Kiln\\u009b31m\\u202e"');
  expect((JSON.parse(status.out) as { status: { Camera: string } }).status.Camera).toBe(name);

  const image = join(folder, "firmware.bin");
  writeFileSync(image, makeFirmwareImage({ version: "3.9", size: 1008 }));
  const { code, out, err } = await ended(start(rig, "update", image));
  expect(code).toBe(2);
  expect(out).toBe(`version 4.0 runs now; ${image} is version 3.9\n`);
  expect(err).toContain("give --yes to install it");
});
