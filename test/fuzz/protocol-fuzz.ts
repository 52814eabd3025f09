// SPDX-License-Identifier: Apache-2.0

/*
 * Fuzzes framer, table, handlers and sessions on XS: messages made from the command table go through a session
 * with fake services, in reads of any size. After each batch the camera must answer get_status, all its output must be
 * complete JSON messages, and at the end the heap must have its size at rest.
 *
 *   npm run fuzz -- --seconds N protocol-fuzz
 *   xs-runner --config messages=N --config seed=N --root build/fuzz --map build/modules.map test/fuzz/protocol-fuzz
 */
import config from "mc/config";
import Time from "time";
import Instrumentation from "../../platforms/linux/xs/modules/instrumentation";
import { fakeServices } from "./fake-services";
import { MessageGenerator } from "./messages";
import { Random } from "./random";
import { Rig } from "./session-rig";

const BATCH = 50;
/** Batches before the heap is measured at rest: all code has run by then. */
const WARM_UP = 200;
/** Measurements of the heap at rest before and after. It varies: the engine keeps the last session of each kind. */
const SAMPLES = 12;
const TURNS_TO_REST = 100;
/** Tolerance of the heap: values that the engine keeps, such as the last exception. */
const SLACK_SLOTS = 64;
const SLACK_BYTES = 8_192;

const option = (name: string, fallback: number): number =>
  Number((config as Record<string, unknown>)[name] ?? fallback);
const messageLimit = option("messages", Infinity);
const millisecondLimit = option("seconds", messageLimit === Infinity ? 10 : Infinity) * 1_000;
const seed = option("seed", 1);
trace(`seed ${seed}\n`);
const random = new Random(seed);
const generator = new MessageGenerator(random);
const rig = new Rig(fakeServices(random), random);

interface Heap {
  slots: number;
  bytes: number;
  keys: number;
}

async function heapAtRest(): Promise<Heap> {
  rig.close();
  // Commands of a session that ends are still run, and hold it until then.
  for (let turn = 0; turn < TURNS_TO_REST; turn++) await undefined;
  Instrumentation.collect();
  const { slotsUsed, chunkBytes, keys } = Instrumentation.heap;
  return { slots: slotsUsed, bytes: chunkBytes, keys };
}

async function runBatch(): Promise<void> {
  for (let i = 0; i < BATCH; i++) rig.feed(generator.next());
  messages += BATCH;
  await rig.settle();
}

/** Measures the heap after each of some batches. @param pick chooses for each figure */
async function heapAfterBatches(pick: (...values: number[]) => number): Promise<Heap> {
  const heaps: Heap[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    await runBatch();
    heaps.push(await heapAtRest());
  }
  const figure = (name: keyof Heap): number => pick(...heaps.map((heap) => heap[name]));
  return { slots: figure("slots"), bytes: figure("bytes"), keys: figure("keys") };
}

const started = Time.ticks;
let messages = 0;
const isOver = (): boolean => messages >= messageLimit || Time.delta(started) >= millisecondLimit;
for (let batch = 0; batch < WARM_UP && !isOver(); batch++) await runBatch();
await heapAfterBatches(Math.min); // creates the keys of the measurement itself
const before = await heapAfterBatches(Math.max);
while (!isOver()) await runBatch();
const after = await heapAfterBatches(Math.min);
const text = (heap: Heap): string => `${heap.slots} slots, ${heap.bytes} bytes, ${heap.keys} keys`;
trace(
  `messages ${messages}, answers ${rig.answers}, sessions ${rig.sessions}\nheap before: ${text(before)}\nheap after:  ${text(after)}\n`,
);
if (after.slots > before.slots + SLACK_SLOTS || after.bytes > before.bytes + SLACK_BYTES || after.keys > before.keys)
  throw new Error("the heap has grown");
