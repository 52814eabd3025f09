// SPDX-License-Identifier: Apache-2.0

/*
 * Fuzzes framer, table, handlers and sessions as the engine runs them: packets made from the command table go through a session
 * over fake services, cut into reads of any size. After each batch the camera must answer get_status, everything it sent must be
 * whole packets of JSON, and at the end the heap must have its resting size again.
 *
 *   npm run fuzz -- --seconds N protocol-fuzz
 *   xs-host --config packets=N --config seed=N --root build/fuzz --map build/modules.map test/fuzz/protocol-fuzz
 */
import config from "mc/config";
import Time from "time";
import Instrumentation from "../../platforms/linux/xs/modules/instrumentation";
import { fakeServices } from "./fake-services";
import { PacketMaker } from "./packets";
import { Random } from "./random";
import { Rig } from "./session-rig";

const BATCH = 50;
/** Batches before the resting size is taken: by then everything has been used once. */
const WARM_UP = 200;
/** Slots and bytes the heap may differ by: what the engine keeps of its own, such as the last exception. */
const SLACK_SLOTS = 64;
const SLACK_BYTES = 8_192;

const option = (name: string, otherwise: number): number =>
  Number((config as Record<string, unknown>)[name] ?? otherwise);
const packetsWanted = option("packets", Infinity);
const millisecondsWanted = option("seconds", packetsWanted === Infinity ? 10 : Infinity) * 1_000;
const seed = option("seed", 1);
trace(`seed ${seed}\n`);
const random = new Random(seed);
const maker = new PacketMaker(random);
const rig = new Rig(fakeServices(random), random);

interface Rest {
  slots: number;
  bytes: number;
  keys: number;
}

function rest(): Rest {
  rig.close();
  Instrumentation.collect();
  const { slotsUsed, chunkBytes, keys } = Instrumentation.heap;
  return { slots: slotsUsed, bytes: chunkBytes, keys };
}

rest(); // the figures' own names are new to the engine the first time
const started = Time.ticks;
let packets = 0;
let resting: Rest | undefined;
for (let batch = 0; packets < packetsWanted && Time.delta(started) < millisecondsWanted; batch++) {
  if (batch === WARM_UP) resting = rest();
  for (let i = 0; i < BATCH; i++) rig.feed(maker.next());
  packets += BATCH;
  await rig.settle();
}
const before = resting ?? rest();
const after = rest();
const text = (heap: Rest): string => `${heap.slots} slots, ${heap.bytes} bytes, ${heap.keys} keys`;
trace(
  `packets ${packets}, answers ${rig.answers}, sessions ${rig.sessions}\nheap before: ${text(before)}\nheap after:  ${text(after)}\n`,
);
if (after.slots > before.slots + SLACK_SLOTS || after.bytes > before.bytes + SLACK_BYTES || after.keys > before.keys)
  throw new Error("the heap has grown");
