// SPDX-License-Identifier: Apache-2.0
/** The engine's heap before and after a long load on the web server, on the virtual network and as fast as possible. */
import type { VirtualCamera } from "../../simulator/board/virtual-camera";
import { type Heap, heapOf, sendRequests, streamEverything } from "../device/web/load";
import { figure, heading } from "./figures";
import { withVirtualCamera } from "./virtual-camera";

const REQUESTS = 100_000;
/** Milliseconds of board time. */
const STREAMS = 3_600_000;
const WARM_UP = { requests: 500, streams: 30_000 };

function report(before: Heap, after: Heap): void {
  for (const [name, unit] of [
    ["slotsUsed", "slots"],
    ["chunkBytes", "bytes of chunks"],
    ["keys", "keys"],
  ] as const) {
    figure(`before: ${unit}`, before[name], "");
    figure(`after: ${unit}`, after[name], "", { text: "as before", ratio: after[name] / before[name] });
  }
}

async function measure(warmUp: (camera: VirtualCamera) => Promise<unknown>, load: typeof warmUp): Promise<void> {
  await withVirtualCamera({ scene: "default", network: "virtual", speed: "max" }, async (camera) => {
    await warmUp(camera);
    const before = await heapOf(camera);
    await load(camera);
    report(before, await heapOf(camera));
  });
}

/** @param scale 1 for 100,000 requests and an hour of board time */
export async function measureWebHeap(scale: number): Promise<void> {
  heading(`XS heap, ${REQUESTS * scale} requests of every kind`);
  await measure(
    (camera) => sendRequests(camera, WARM_UP.requests),
    (camera) => sendRequests(camera, REQUESTS * scale),
  );
  heading(`XS heap, ${(STREAMS * scale) / 1000} s of board time of every stream at once`);
  await measure(
    (camera) => streamEverything(camera, WARM_UP.streams),
    async (camera) => {
      const shares = Object.entries(await streamEverything(camera, STREAMS * scale));
      for (const [name, share] of shares)
        if (!name.includes("version 2") && !name.startsWith("MJPEG"))
          figure(`${name}: images of 100 frames`, 100 * share, "");
    },
  );
}
