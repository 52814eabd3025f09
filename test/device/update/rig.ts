// SPDX-License-Identifier: Apache-2.0
/** An update as a client and a person make it, over the virtual board. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Connection } from "../../../tools/tcam/connection";
import { update } from "../../../tools/tcam/update";
import { VirtualCamera, type VirtualCameraOptions } from "../../../simulator/board/virtual-camera";
import { type FirmwareImageOptions, makeFirmwareImage } from "../../../simulator/board/storage/firmware-image";

/** Three pieces, the last one short. */
export const IMAGE_SIZE = 20_000;

/** Runs `work` with an image's file. */
export async function withImage<T>(options: FirmwareImageOptions, work: (path: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "tcam-image-"));
  try {
    const path = join(folder, "firmware.bin");
    writeFileSync(path, makeFirmwareImage({ size: IMAGE_SIZE, ...options }));
    return await work(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export async function withDevice(
  options: VirtualCameraOptions,
  work: (device: VirtualCamera) => Promise<void>,
): Promise<void> {
  const device = await VirtualCamera.start({ control: undefined, ...options });
  try {
    await device.ready();
    await work(device);
  } finally {
    await device.stop();
  }
}

export async function connected<T>(device: VirtualCamera, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.open({ host: device.host, port: device.port, timeout: 20_000 });
  try {
    return await work(connection);
  } finally {
    connection.close();
  }
}

/** A short press, long enough in real time that a busy computer does not miss it. */
export function press(device: VirtualCamera): Promise<void> {
  return device.board.press(Math.max(200, 20 * device.speed));
}

/** Sends an image and presses the button. @returns the camera's verdict @throws CommandFailed, or what ended the connection */
export async function install(device: VirtualCamera, path: string): Promise<string> {
  // The press of an update that a power cut ended may not be over.
  while (device.board.buttonDown) await pause(10);
  let over = false;
  /** A computer that holds the firmware up for the whole of a press makes it miss that press: then there is another. */
  const pressUntilBegun = async (): Promise<void> => {
    while (!over) {
      // Far from both ends of a short press, also where board time runs behind the firmware's.
      await device.board.press(1500);
      await pause(500);
    }
  };
  return connected(device, (connection) =>
    update(connection, path, {
      waiting: () => void pressUntilBegun(),
      progress: () => (over = true),
    }),
  ).finally(() => (over = true));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The number of the newest log line: for `waitForLog`, to see only what comes after. */
export function now(device: VirtualCamera): number {
  return device.log.at(-1)?.number ?? 0;
}

/** Resolves when the firmware was started again after log line `after`, and can be spoken to. */
export async function restarted(device: VirtualCamera, after: number): Promise<void> {
  await device.waitForLog(/^main: version /, 60_000, after);
  await device.ready();
}

export async function version(device: VirtualCamera): Promise<string> {
  const answer = await connected(device, (connection) => connection.call("get_status"));
  return (answer["status"] as { Version: string }).Version;
}

/** Resolves when the running image is not, or no longer, on trial: only then can there be another update. */
export async function settled(device: VirtualCamera): Promise<void> {
  if (!device.board.chip.choice?.trial) return;
  const start = device.log.filter((line) => line.part === "main" && line.text.startsWith("version ")).at(-1);
  await device.waitForLog(/passed its trial and stays/, 30_000, start?.number);
}
