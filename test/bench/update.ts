// SPDX-License-Identifier: Apache-2.0
/** An update over the air at the protocol's pace, with flash that takes its time, while another client streams. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Connection } from "../../tools/tcam/connection";
import { slotSize } from "../../tools/boards";
import { update } from "../../tools/tcam/update";
import type { VirtualCamera } from "../../simulator/board/virtual-camera";
import { makeFirmwareImage } from "../../simulator/board/storage/firmware-image";
import { SENSOR_RATE } from "./client";
import { withDevice } from "./virtual-camera";
import { figure, heading } from "./figures";

/** Installs an image with the button pressed. @returns when (ms) the first piece was asked for, and the verdict came */
async function install(device: VirtualCamera, path: string): Promise<{ begun: number; ended: number }> {
  const marks = { begun: 0, ended: 0 };
  const connection = await Connection.open({ host: device.host, port: device.port, timeout: 20_000 });
  await update(connection, path, {
    waiting: () => void device.board.press(200),
    progress: () => void (marks.begun ||= performance.now()),
  });
  marks.ended = performance.now();
  connection.close();
  return marks;
}

async function measure(device: VirtualCamera, path: string, size: number): Promise<void> {
  const watching = await Connection.open({ host: device.host, port: device.port, timeout: 20_000 });
  // The camera restarts at the end, and hangs up.
  watching.on("close", () => undefined);
  const times: number[] = [];
  watching.on("image", () => times.push(performance.now()));
  await watching.call("stream_on", { delay_msec: 0, num_frames: 0 });
  const { begun, ended } = await install(device, path);
  watching.close();
  const seconds = (ended - begun) / 1000;
  const during = times.filter((time) => time >= begun && time <= ended);
  const gaps = [...during, ended].map((time, i) => time - (during[i - 1] ?? begun));
  figure("update", size / 1024 / seconds, "KiB/s");
  figure("from the button to the verdict", seconds, "s");
  const rate = during.length / seconds;
  const goal = { text: "the sensor's 8.77", ratio: rate / SENSOR_RATE };
  figure("another client's stream meanwhile", rate, "images/s", goal);
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
    await withDevice({ flashTiming: true }, (device) => measure(device, path, size));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
