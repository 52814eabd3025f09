// SPDX-License-Identifier: Apache-2.0
/** Updates of a virtual camera, with the button. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connection } from "../../../tools/tcam/connection";
import { update } from "../../../tools/tcam/update";
import type { VirtualCamera } from "../../../simulator/board/virtual-camera";
import { type FirmwareImageOptions, makeFirmwareImage } from "../../../simulator/board/storage/firmware-image";
import { until } from "../board-time";
import { connectTo } from "../camera/rig";

/** Three chunks, the last one short. */
const IMAGE_SIZE = 20_000;

/** Runs `work` with a firmware image's file. */
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

export async function connected<T>(camera: VirtualCamera, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await connectTo(camera);
  try {
    return await work(connection);
  } finally {
    connection.close();
  }
}

/** A short press. */
export function press(camera: VirtualCamera): Promise<void> {
  return camera.board.press(200);
}

/** Sends a firmware image and presses the button. @returns the camera's result @throws CommandFailed, or the error that ended the connection */
export async function install(camera: VirtualCamera, path: string): Promise<string> {
  // A press of an update before a power cut may not be over.
  await until(camera, "the button is released", () => !camera.board.buttonDown);
  return connected(camera, (connection) =>
    update(connection, path, { waiting: () => void press(camera), progress: () => undefined }),
  );
}

/** The number of the last log line, as start for `waitForLog`. */
export function lastLine(camera: VirtualCamera): number {
  return camera.log.at(-1)?.number ?? 0;
}

/** Resolves when the firmware has restarted after log line `after` and accepts connections. */
export async function restarted(camera: VirtualCamera, after: number): Promise<void> {
  await camera.waitForLog(/^main: version /, 60_000, after);
  await camera.ready();
}

export async function version(camera: VirtualCamera): Promise<string> {
  const answer = await connected(camera, (connection) => connection.call("get_status"));
  return (answer["status"] as { Version: string }).Version;
}

/** Resolves when the running image is not on trial: an update is possible. */
export async function trialEnded(camera: VirtualCamera): Promise<void> {
  if (!camera.board.chip.choice?.trial) return;
  const start = camera.log.filter((line) => line.part === "main" && line.text.startsWith("version ")).at(-1);
  await camera.waitForLog(/passed its trial and stays/, 30_000, start?.number);
}
