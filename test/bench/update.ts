// SPDX-License-Identifier: Apache-2.0
/** An update over the air while another client streams, on a flash that stops both cores: in board time, the same on every computer. */
import { slotSize } from "../../tools/boards";
import { type Figures, StreamedUpdate } from "../device/update/streamed-update";
import { figure, heading } from "./figures";

/** Milliseconds from a chunk's request to its arrival: on an emulated ESP32 with WiFi, the work of both ends included. */
const TRANSPORT = 40;
const GOAL = { images: 0.8, gap: 500 };

function report(size: number, { frames, received, gap, duration, syncLosses, faults }: Figures): void {
  const seconds = duration / 1000;
  figure("update", size / 1024 / seconds, "KiB/s");
  figure("from the first chunk request to the result", seconds, "s");
  const share = received / frames;
  figure("another client's images, of 100 frames", 100 * share, "", { text: "80", ratio: share / GOAL.images });
  figure("longest time between two of its images", gap, "ms", { text: "500 ms", ratio: GOAL.gap / gap });
  figure("times the sensor lost sync, pauses included", syncLosses, "");
  figure("faults and resets of the sensor", faults.length, "");
}

/** @param scale 1 for an image that fills its slot */
export async function measureUpdate(scale: number): Promise<void> {
  const size = Math.ceil((slotSize() * scale) / 16) * 16;
  for (const strictness of ["tolerant", "datasheet"] as const) {
    heading(`update over the air, ${size} bytes, while another client streams; ${strictness} sensor`);
    const figures = await StreamedUpdate.run({ size, strictness, transport: TRANSPORT }, async (update) => {
      await update.begin();
      return update.finish();
    });
    report(size, figures);
  }
}
