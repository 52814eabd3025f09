// SPDX-License-Identifier: Apache-2.0
/**
 * Runs a fuzzer on XS for a number of inputs or a time, and compares the heap at rest before and after.
 * Configuration of the runner: `messages` (inputs) or `seconds`, and `seed`.
 */
import config from "mc/config";
import Time from "time";
import Instrumentation from "../../platforms/linux/xs/modules/instrumentation";

/** Measurements of the heap at rest before and after. It varies: the engine keeps the last session of each kind. */
const SAMPLES = 12;
/** Commands of a session that ends are still run, and hold it until then. */
const TURNS_TO_REST = 100;
/** Tolerance of the heap: values that the engine keeps, such as the last exception. */
const SLACK_SLOTS = 64;
const SLACK_BYTES = 8_192;

const option = (name: string, fallback: number): number =>
  Number((config as Record<string, unknown>)[name] ?? fallback);

/** From the configuration, and printed: the same seed gives the same inputs. */
export function seed(): number {
  const value = option("seed", 1);
  trace(`seed ${value}\n`);
  return value;
}

export interface Campaign {
  /** Batches before the heap is measured at rest: all code has run by then. */
  readonly warmUp: number;
  /** Runs some inputs and checks them. @returns their number @throws Error for a finding */
  runBatch(): Promise<number>;
  /** Bytes of memory that places may still get after the warm-up, and keep. */
  readonly kept?: number;
  /** Ends everything that a batch left open. @throws Error for a leak */
  rest(): void;
  /** Counts for the last line. */
  summary(): string;
}

interface Heap {
  slots: number;
  bytes: number;
  keys: number;
}

/** @throws Error when the heap has grown */
export async function runCampaign({ warmUp, runBatch, kept = 0, rest, summary }: Campaign): Promise<void> {
  const limit = option("messages", Infinity);
  const duration = option("seconds", limit === Infinity ? 10 : Infinity) * 1_000;
  const started = Time.ticks;
  let inputs = 0;
  const isOver = (): boolean => inputs >= limit || Time.delta(started) >= duration;
  const batch = async (): Promise<void> => {
    inputs += await runBatch();
  };

  const heapAtRest = async (): Promise<Heap> => {
    rest();
    for (let turn = 0; turn < TURNS_TO_REST; turn++) await undefined;
    Instrumentation.collect();
    const { slotsUsed, chunkBytes, keys } = Instrumentation.heap;
    return { slots: slotsUsed, bytes: chunkBytes, keys };
  };
  /** Measures the heap after each of some batches. @param pick chooses for each figure */
  const heapAfterBatches = async (pick: (...values: number[]) => number): Promise<Heap> => {
    const heaps: Heap[] = [];
    for (let sample = 0; sample < SAMPLES; sample++) {
      await batch();
      heaps.push(await heapAtRest());
    }
    const figure = (name: keyof Heap): number => pick(...heaps.map((heap) => heap[name]));
    return { slots: figure("slots"), bytes: figure("bytes"), keys: figure("keys") };
  };

  for (let i = 0; i < warmUp && !isOver(); i++) await batch();
  if (Time.delta(started) >= duration) {
    trace(`messages ${inputs}, ${summary()}\nheap not compared: no time for ${warmUp} batches\n`);
    return;
  }
  await heapAfterBatches(Math.min); // creates the keys of the measurement itself
  const before = await heapAfterBatches(Math.max);
  while (!isOver()) await batch();
  const after = await heapAfterBatches(Math.min);
  const text = (heap: Heap): string => `${heap.slots} slots, ${heap.bytes} bytes, ${heap.keys} keys`;
  trace(`messages ${inputs}, ${summary()}\nheap before: ${text(before)}\nheap after:  ${text(after)}\n`);
  const tolerable =
    after.slots <= before.slots + SLACK_SLOTS &&
    after.bytes <= before.bytes + SLACK_BYTES + kept &&
    after.keys <= before.keys;
  if (!tolerable) throw new Error("the heap has grown");
}
