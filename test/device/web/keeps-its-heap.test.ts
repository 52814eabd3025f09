// SPDX-License-Identifier: Apache-2.0
/** `npm run bench -- heap` does the same with 100,000 requests and an hour of streams. */
import type { VirtualCamera } from "../../../simulator/board/virtual-camera";
import { withCamera } from "./files-rig";
import { type Heap, heapOf, sendRequests, streamEverything } from "./load";

/** Tolerance: the engine keeps the last objects of some kinds, and some names come with the sensor's first events. */
const TOLERANCE: Heap = { slotsUsed: 300, chunkBytes: 8_192, keys: 10 };

/** The heap is the same before and after a load, of which some came before. */
async function expectFlat(
  camera: VirtualCamera,
  warmUp: () => Promise<unknown>,
  load: () => Promise<unknown>,
): Promise<void> {
  await warmUp();
  const before = await heapOf(camera);
  await load();
  const after = await heapOf(camera);
  for (const name of ["slotsUsed", "chunkBytes", "keys"] as const) {
    const more = after[name] - before[name];
    expect([name, more, more < TOLERANCE[name]]).toEqual([name, more, true]);
  }
}

test("the heap is as before after requests of every kind", () =>
  withCamera((camera) =>
    expectFlat(
      camera,
      () => sendRequests(camera, 200),
      () => sendRequests(camera, 1_000),
    ),
  ));

test("the heap is as before after streams of every kind at once, which get every frame", () =>
  withCamera((camera) =>
    expectFlat(
      camera,
      () => streamEverything(camera, 30_000),
      async () => {
        const shares = Object.entries(await streamEverything(camera, 30_000));
        for (const [name, share] of shares) expect([name, share, share > 0.97]).toEqual([name, share, true]);
      },
    ),
  ));
