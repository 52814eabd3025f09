// SPDX-License-Identifier: Apache-2.0
/** An update over the air at the protocol's speed, with the flash's timing, while another client streams. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Connection } from "../../tools/tcam/connection";
import { slotSize } from "../../tools/boards";
import { update } from "../../tools/tcam/update";
import type { VirtualCamera } from "../../simulator/board/virtual-camera";
import { makeFirmwareImage } from "../../simulator/board/storage/firmware-image";
import { SENSOR_RATE } from "./client";
import { withVirtualCamera } from "./virtual-camera";
import { figure, heading } from "./figures";

/** Installs an image. @returns times (ms) of the first chunk request and of the result */
async function install(camera: VirtualCamera, path: string): Promise<{ begun: number; ended: number }> {
  const marks = { begun: 0, ended: 0 };
  const connection = await Connection.open({ host: camera.host, port: camera.port, timeout: 20_000 });
  await update(connection, path, {
    waiting: () => void camera.board.press(200),
    progress: () => void (marks.begun ||= performance.now()),
  });
  marks.ended = performance.now();
  connection.close();
  return marks;
}

async function measure(camera: VirtualCamera, path: string, size: number): Promise<void> {
  const watching = await Connection.open({ host: camera.host, port: camera.port, timeout: 20_000 });
  // The camera restarts at the end, which closes the connection.
  watching.on("close", () => undefined);
  const times: number[] = [];
  watching.on("image", () => times.push(performance.now()));
  await watching.call("stream_on", { delay_msec: 0, num_frames: 0 });
  const { begun, ended } = await install(camera, path);
  watching.close();
  const seconds = (ended - begun) / 1000;
  const during = times.filter((time) => time >= begun && time <= ended);
  const gaps = [...during, ended].map((time, i) => time - (during[i - 1] ?? begun));
  figure("update", size / 1024 / seconds, "KiB/s");
  figure("from the first chunk request to the result", seconds, "s");
  const rate = during.length / seconds;
  const goal = { text: "the sensor's 8.77", ratio: rate / SENSOR_RATE };
  figure("another client's stream during the update", rate, "images/s", goal);
  figure("longest time between two of its images", Math.max(...gaps), "ms");
}

/** @param scale 1 for an image that fills its slot */
export async function measureUpdate(scale: number): Promise<void> {
  const size = Math.ceil((slotSize() * scale) / 16) * 16;
  heading(`update over the air, ${size} bytes, flash with the ESP32's erase and write times`);
  const folder = mkdtempSync(join(tmpdir(), "tcam-bench-"));
  const path = join(folder, "firmware.bin");
  writeFileSync(path, makeFirmwareImage({ version: "4.9", size }));
  try {
    await withVirtualCamera({ flashTiming: true }, (camera) => measure(camera, path, size));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
