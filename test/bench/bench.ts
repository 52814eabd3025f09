// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run bench`: prints figures and ratios and checks nothing. `--smoke` measures briefly; `--host ADDR [--port N]` measures a camera,
 * for example a real one, as a client sees it. `web` measures page and API alone, with `--host` on port `--http`;
 * `heap` the heap after 100,000 requests and an hour of streams, which takes some minutes.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Argument, Command } from "commander";
import { Connection } from "../../tools/tcam/connection";
import { buildFirmware, buildRunner } from "../../tools/build";
import { type ToolName, unavailable } from "../../tools/optional-tools";
import type { VirtualCamera } from "../../simulator/board/virtual-camera";
import { measureClient, stream } from "./client";
import { printCounts } from "./engine/count";
import { withVirtualCamera } from "./virtual-camera";
import { figure, heading, percentile } from "./figures";
import { measureWebHeap } from "./heap";
import { measureEmulator, measureRate } from "./rates";
import { measureUpdate } from "./update";
import { measureWeb } from "./web";

const root = join(__dirname, "../..");
const SCENES = ["counter", "default"];
const LAST_SEGMENT = 4;
const SEGMENT_BYTES = 61 * 164;
const SEGMENT_NUMBER_AT = 20 * 164;

interface Heap {
  slotsUsed: number;
  /** Slots and chunks. */
  heapBytes: number;
}

function measureNative(): void {
  heading("native core, this computer");
  execFileSync("make", ["-s", "-C", "test/bench/native"], { cwd: root, stdio: "inherit" });
  const { stdout } = spawnSync(join(root, "build/bench/native"), { encoding: "utf8" });
  for (const [, name, nanoseconds] of stdout.matchAll(/^(\S+) (\d+)$/gm))
    figure(`${name}, one frame`, Number(nanoseconds) / 1000, "µs");
}

function measureXtensa(): void {
  execFileSync("make", ["-s", "-C", "test/bench/xtensa"], { cwd: root, stdio: "inherit" });
}

/** Measures under a heading if the tool works; otherwise prints why it is skipped. */
async function measureWith(tool: ToolName, name: string, work: () => void | Promise<void>): Promise<void> {
  const reason = unavailable(tool);
  heading(reason === undefined ? name : `skipped: ${name}: ${reason}`);
  if (reason === undefined) await work();
}

function processOf(camera: VirtualCamera): {
  cpuSeconds(): number;
  residentKilobytes(): number;
  heap(): Promise<Heap>;
} {
  const pid = camera.board.chip.pid;
  if (pid === undefined) throw new Error("the firmware does not run");
  return {
    // In nanoseconds: the ticks of /proc/PID/stat, 10 ms, are a hundred frames long.
    cpuSeconds: () =>
      readdirSync(`/proc/${pid}/task`)
        .map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]) / 1e9)
        .reduce((sum, seconds) => sum + seconds, 0),
    residentKilobytes: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]),
    async heap() {
      const after = camera.log.at(-1)?.number ?? 0;
      process.kill(pid, "SIGUSR1");
      const line = await camera.waitForLog(/\{"heap":/, 10_000, after);
      return (JSON.parse(line.text.slice(line.text.indexOf('{"heap":'))) as { heap: Heap }).heap;
    },
  };
}

/** Measures the time from the last byte of a frame on the SPI bus to the last byte of its image in the client. */
async function measureLatency(camera: VirtualCamera, frames: number): Promise<void> {
  const client = await Connection.open({ host: camera.host, port: camera.port });
  const { lepton } = camera.board;
  const transfer = lepton.spiTransfer.bind(lepton);
  let read = 0;
  lepton.spiTransfer = (count, hz, into) => {
    transfer(count, hz, into);
    if (count === SEGMENT_BYTES && (into[SEGMENT_NUMBER_AT] ?? 0) >> 4 === LAST_SEGMENT) read = performance.now();
  };
  const times: number[] = [];
  client.on("image", () => times.push(performance.now() - read));
  await stream(client, frames);
  lepton.spiTransfer = transfer;
  client.close();
  // The first image is of the newest frame at the start of the stream, which was read before.
  times.shift();
  const median = percentile(times, 0.5);
  figure("last packet to last byte in the client: median", median, "ms", { text: "5 ms", ratio: median / 5 });
  figure("last packet to last byte in the client: 99 %", percentile(times, 0.99), "ms");
}

async function measureRealTime(camera: VirtualCamera, scale: number): Promise<void> {
  const { cpuSeconds, residentKilobytes } = processOf(camera);
  const client = await Connection.open({ host: camera.host, port: camera.port });
  heading("the firmware at the sensor's rate, one client");
  const before = cpuSeconds();
  const { seconds } = await stream(client, Math.ceil(120 * scale));
  const share = (100 * (cpuSeconds() - before)) / seconds;
  figure("firmware's share of one core", share, "%", { text: "5 %", ratio: share / 5 });
  figure("resident memory of its process", residentKilobytes() / 1024, "MB");
  client.close();
  await measureLatency(camera, Math.ceil(100 * scale));
}

async function measureSpeed(camera: VirtualCamera, frames: number): Promise<void> {
  heading("as fast as possible (--speed max)");
  const { cpuSeconds } = processOf(camera);
  for (const clients of [0, 1, 4]) await measureRate(camera, clients, frames, cpuSeconds);
  for (const scene of SCENES) for (const read of [true, false]) measureEmulator(scene, read, frames);
}

async function measureHeap(camera: VirtualCamera, frames: number): Promise<void> {
  const { heap } = processOf(camera);
  const client = await Connection.open({ host: camera.host, port: camera.port });
  await stream(client, 20);
  client.close();
  const before = await heap();
  const streaming = await Connection.open({ host: camera.host, port: camera.port });
  await stream(streaming, frames);
  streaming.close();
  await camera.waitForLog(/client disconnected; 0/, 10_000, (camera.log.at(-1)?.number ?? 0) - 20);
  const after = await heap();
  figure("at rest: slots", before.slotsUsed, "");
  figure("at rest: slots and chunks", before.heapBytes / 1024, "KB");
  figure("after: slots", after.slotsUsed, "", { text: "as at rest", ratio: after.slotsUsed / before.slotsUsed });
  const ratio = after.heapBytes / before.heapBytes;
  figure("after: slots and chunks", after.heapBytes / 1024, "KB", { text: "as at rest", ratio });
}

async function build(): Promise<void> {
  await buildFirmware();
  await buildRunner({ variant: "release" });
}

/** The virtual camera, with its clients in other processes. */
function measureWebHere(scale: number): Promise<void> {
  return withVirtualCamera({ scene: "default" }, ({ host, port, http = 0 }) => measureWeb({ host, port, http }, scale));
}

async function measureHere(scale: number): Promise<void> {
  await build();
  measureNative();
  await measureWith("xtensa", "native core, instructions on Xtensa (exact)", measureXtensa);
  // CI checks these counts in a step of its own.
  if (scale === 1)
    await measureWith("callgrind", "firmware on XS, instructions on 32-bit x86 (exact)", async () => {
      await printCounts();
    });
  await withVirtualCamera({}, (camera) => measureRealTime(camera, scale));
  await withVirtualCamera({}, (camera) => measureClient(camera.host, camera.port, scale));
  await measureWebHere(scale);
  await measureUpdate(scale);
  await withVirtualCamera({ speed: "max" }, (camera) => measureSpeed(camera, Math.ceil(2000 * scale)));
  const frames = Math.ceil(5000 * scale);
  await measureWith("m32", `XS heap on 16-byte slots (the ESP32's), ${frames} streamed frames`, async () => {
    await buildRunner({ variant: "m32" });
    await withVirtualCamera({ speed: 20, variant: "m32" }, (camera) => measureHeap(camera, frames));
  });
}

interface Options {
  readonly smoke?: boolean;
  readonly host?: string;
  readonly port: number;
  readonly http: number;
}

async function measure(part: "web" | "heap" | undefined, { smoke, host, port, http }: Options): Promise<void> {
  const scale = smoke ? 0.1 : 1;
  if (host !== undefined) return part ? measureWeb({ host, port, http }, scale) : measureClient(host, port, scale);
  if (part === undefined) return measureHere(scale);
  await build();
  return part === "web" ? measureWebHere(scale) : measureWebHeap(scale);
}

const program = new Command("bench")
  .addArgument(new Argument("[part]", "measure this alone").choices(["web", "heap"]))
  .option("--smoke", "measure briefly")
  .option("--host <address>", "measure this camera instead of the virtual one")
  .option("--port <number>", "its port", Number, 5001)
  .option("--http <number>", "port of its web server", Number, 80)
  .parse();
measure(program.processedArgs[0] as "web" | "heap" | undefined, program.opts<Options>()).catch((error: Error) => {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
});
