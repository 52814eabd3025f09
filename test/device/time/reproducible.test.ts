// SPDX-License-Identifier: Apache-2.0
/** Stepped runs with the same seed and the same steps have the same record, whatever else this computer does. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { crc32 } from "node:zlib";
import { firmwareRoot } from "../../../tools/build";
import { checkedImage } from "../../../tools/pi-host/checked-image";
import { ThermalImage } from "../../../tools/tcam/image";
import type { FrameEvent } from "../../../simulator/board/journal";
import { VirtualCamera } from "../../../simulator/board/virtual-camera";
import type { VirtualCameraOptions } from "../../../simulator/board/virtual-camera-options";
import { RunRecord } from "../../../simulator/board/run-record";
import { Random } from "../../../simulator/lepton";
import { SPI_HZ } from "../../../tools/pi-host/host-camera";
import { randomTest } from "../random-run";
import { takeRandomSteps } from "./random-steps";

const STEPS = 40;
const COMMANDS = ["get_status", "get_config", "stream_on", "run_ffc", "get_image", "get_wifi", "stream_off"];

/** A host on the hardware interface that reads each image and sends commands in board time. */
function connectHost({ board }: VirtualCamera, random: Random, commands: readonly string[]): void {
  let text = "";
  board.serial.received.subscribe((bytes) => {
    text += bytes.toString("latin1");
    const announced = /\{"image_ready" : (\d+)\}/.exec(text);
    if (!announced) return;
    text = text.slice(announced.index + announced[0].length);
    const delay = random.below(100_000);
    board.clock.alarm(board.clock.now() + delay, () => {
      if (board.hostSpi.armed && !board.hostSpi.busy) void board.hostSpi.transfer(Number(announced[1]), SPI_HZ);
    });
  });
  const command = (): void => {
    const name = commands[random.below(commands.length)];
    board.serial.write(Buffer.from(`\x02{"cmd":"${name}"}\x03`));
    board.clock.alarm(board.clock.now() + random.below(2_000_000), command);
  };
  command();
}

async function record(options: VirtualCameraOptions, seed: number, grants = true): Promise<string[]> {
  const device = await VirtualCamera.start({ control: undefined, ...options, seed, speed: "stepped" });
  device.board.pacer.firmware.grants = grants;
  const run = new RunRecord(device.board);
  try {
    const random = new Random(seed);
    if (options.mode === "serial") connectHost(device, new Random(seed + 1), COMMANDS);
    await takeRandomSteps(device, random, STEPS);
  } finally {
    await device.stop();
  }
  // Multicast comes from real sockets.
  return run.lines.filter((line) => !line.includes(" discovery: "));
}

/** Runs `work` beside threads that use all of this computer's processors. */
async function underLoad<T>(work: () => Promise<T>): Promise<T> {
  const busy = Array.from({ length: availableParallelism() + 1 }, () => new Worker("for (;;);", { eval: true }));
  try {
    return await work();
  } finally {
    await Promise.all(busy.map((worker) => worker.terminate()));
  }
}

const kinds = (lines: readonly string[]): Set<string> => new Set(lines.map((line) => line.split(" ")[1] ?? ""));

randomTest(
  "hardware interface, seed %d: the same record twice, also under load, and without grants of time",
  [11],
  async (seed) => {
    const options = { mode: "serial" } as const;
    const first = await record(options, seed);
    expect([...kinds(first)]).toEqual(expect.arrayContaining(["firmware", "led", "frame", "serial", "image", "chip"]));
    expect(await underLoad(() => record(options, seed))).toEqual(first);
    expect(await record(options, seed, false)).toEqual(first);
    expect(await record(options, seed + 1)).not.toEqual(first);
  },
);

test("an image's pixels have the checksum of the frame that it was made of", async () => {
  const device = await VirtualCamera.start({ control: undefined, mode: "serial", speed: "stepped" });
  try {
    const frames: FrameEvent[] = [];
    const images: Buffer[] = [];
    device.board.journal.frames.subscribe((frame) => frames.push(frame));
    device.board.hostSpi.carried.subscribe((bytes) => images.push(bytes));
    await device.advance(10_000);
    connectHost(device, new Random(1), ["get_image"]);
    await device.until("an image", () => images.length > 0, 10_000);
    const image = new ThermalImage(checkedImage(images[0] as Buffer, images[0]?.length ?? 0));
    const pixels = crc32(Buffer.from(image.pixels.buffer)).toString(16).padStart(8, "0");
    expect(frames.map((frame) => frame.pixels)).toContain(pixels);
  } finally {
    await device.stop();
  }
});

test("the firmware's random numbers come from the seed, others at each start", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tcam-random-"));
  try {
    for (const name of ["platforms", "drivers", "modules"]) symlinkSync(join(firmwareRoot, name), join(folder, name));
    writeFileSync(join(folder, "main.js"), 'trace("I (0) main: " + [1, 2, 3].map(Math.random) + "\\n");');
    const numbers = async (seed: number): Promise<string[]> => {
      const device = await VirtualCamera.start({ control: undefined, speed: "stepped", firmwareRoot: folder, seed });
      try {
        const printed = (): string[] => device.log.filter(({ part }) => part === "main").map(({ text }) => text);
        await device.until("a first start", () => printed().length === 1, 1_000);
        await device.board.reset();
        await device.until("a second start", () => printed().length === 2, 1_000);
        return printed();
      } finally {
        await device.stop();
      }
    };
    const first = await numbers(1);
    expect(new Set([...first, ...(await numbers(2))]).size).toBe(4);
    expect(await numbers(1)).toEqual(first);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

randomTest("WiFi, seed %d: the same record twice, and without grants of time", [21, 22], async (seed) => {
  const first = await record({}, seed);
  expect([...kinds(first)]).toEqual(expect.arrayContaining(["firmware", "led", "frame", "radio", "chip"]));
  expect(await record({}, seed)).toEqual(first);
  expect(await record({}, seed, false)).toEqual(first);
});
