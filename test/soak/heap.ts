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
/** The least of so many measurements is taken with few clients: the bound of its growth is lower. */
const WINDOW = 12;
/** Measurements after a start until what is kept, such as the log's last lines, is full. */
const FILLING = 12;
const LEAK = 1.05;

export class HeapWatch {
  readonly #world: World;
  readonly #all: number[] = [];
  /** Since the last start of the firmware. */
  #run: number[] = [];
  /** Most measurements of one run, and the growth of their least. */
  #longest = { count: 0, growth: 1 };

  constructor(world: World) {
    this.#world = world;
    const { chip } = world.camera.board;
    chip.changed.subscribe(() => (this.#run = []));
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

  take({ heapBytes }: Figures): void {
    this.#all.push(heapBytes);
    this.#run.push(heapBytes);
    const level = Math.max(...this.#all.slice(0, FIRST));
    if (heapBytes > level * GROWTH)
      this.#world.violated(`the heap has ${heapBytes} bytes, and had ${level} at most in the beginning`);
    const count = this.#run.length;
    if (count < FILLING + 2 * WINDOW) return;
    const first = Math.min(...this.#run.slice(FILLING, FILLING + WINDOW));
    const last = Math.min(...this.#run.slice(-WINDOW));
    if (count > this.#longest.count) this.#longest = { count, growth: last / first };
    if (last > first * LEAK)
      this.#world.violated(
        `the heap has ${last} bytes at least, and had ${first} in the first of ${count} measurements`,
      );
  }

  lines(): string[] {
    if (this.#all.length === 0) return [];
    const range = `${Math.min(...this.#all)} to ${Math.max(...this.#all)}`;
    const { count, growth } = this.#longest;
    const leak = count > 0 ? `; the least grew by ${((growth - 1) * 100).toFixed(1)} % over ${count} of one run` : "";
    return [
      `heap, ${this.#all.length} measurements: ${range} bytes; first ${this.#all[0]}, last ${this.#all.at(-1)}${leak}`,
    ];
  }
}
