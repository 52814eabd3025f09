// SPDX-License-Identifier: Apache-2.0
/** The engine's heap stays flat: what is used after a garbage collection, measured again and again. */
import type { World } from "./world";

interface Figures {
  /** Slots and chunks. */
  readonly heapBytes: number;
}

/** Milliseconds of board time. */
const LIMIT = 10_000;
/** Measurements that set the level; clients and an update take their share of the heap. */
const FIRST = 6;
const GROWTH = 1.25;

export class HeapWatch {
  readonly #world: World;
  readonly #figures: Figures[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  async measure(): Promise<void> {
    const { camera } = this.#world;
    const { pid, state } = camera.board.chip;
    if (state !== "running" || pid === undefined) return;
    const after = camera.log.at(-1)?.number ?? 0;
    try {
      process.kill(pid, "SIGUSR1");
    } catch {
      return; // It has just ended.
    }
    const line = await camera.waitForLog(/\{"heap":/, LIMIT, after).catch(() => undefined);
    if (!line) return;
    const { heap } = JSON.parse(line.text.slice(line.text.indexOf('{"heap":'))) as { heap: Figures };
    this.take(heap);
  }

  take(heap: Figures): void {
    this.#figures.push(heap);
    const level = Math.max(...this.#figures.slice(0, FIRST).map(({ heapBytes }) => heapBytes));
    if (heap.heapBytes > level * GROWTH)
      this.#world.violated(`the heap has ${heap.heapBytes} bytes, and had ${level} at most in the beginning`);
  }

  lines(): string[] {
    const bytes = this.#figures.map(({ heapBytes }) => heapBytes);
    if (bytes.length === 0) return [];
    const range = `${Math.min(...bytes)} to ${Math.max(...bytes)}`;
    return [`heap, ${bytes.length} measurements: ${range} bytes; first ${bytes[0]}, last ${bytes.at(-1)}`];
  }
}
