// SPDX-License-Identifier: Apache-2.0

/** Heap of the machine. What is in use includes garbage that was not collected yet. */
export interface Heap {
  /** Slots (objects, properties, functions) in use, most ever in use, and allocated. */
  slotsUsed: number;
  slotsPeak: number;
  slotsReserved: number;
  /** Bytes of one slot: 32, with 32-bit builds 16 as on the ESP32. */
  slotBytes: number;
  /** Bytes of the chunk heap (strings, buffers, byte code) in use, most ever in use, and allocated. */
  chunkBytes: number;
  chunkPeak: number;
  chunkReserved: number;
  /** slotsUsed × slotBytes + chunkBytes. */
  heapBytes: number;
  /** The engine's own objects before the first module: on the device they are in flash. */
  slotsAtStart: number;
  chunkBytesAtStart: number;
  /** Byte code of the modules loaded: part of the chunk heap here, in flash on the device. */
  codeBytes: number;
  modules: number;
  /** Property names known. */
  keys: number;
  /** Timers that wait. */
  timers: number;
  /** Resident memory of the process. */
  residentBytes: number;
}

/** What the SDK's module calls the figures that exist here; each is measured now. */
const figures: readonly [name: string, value: (heap: Heap) => number][] = [
  ["Timers", (heap) => heap.timers],
  ["XS Slot Heap Used", (heap) => heap.slotsUsed * heap.slotBytes],
  ["XS Chunk Heap Used", (heap) => heap.chunkBytes],
  ["XS Keys Used", (heap) => heap.keys],
  ["XS Modules Loaded", (heap) => heap.modules],
];

/** The SDK's `instrumentation` module (`get`, `map`, `name`), with more figures. */
const Instrumentation = {
  /** Index of a figure, from 1; undefined when it does not exist here. */
  map(name: string): number | undefined {
    const index = figures.findIndex(([known]) => known === name);
    return index < 0 ? undefined : index + 1;
  },
  name(what: number | undefined): string | undefined {
    return figures[(what ?? 0) - 1]?.[0];
  },
  get(what: number | undefined): number | undefined {
    return figures[(what ?? 0) - 1]?.[1](this.heap);
  },

  get heap(): Heap {
    return native("xs_instrumentation_heap").call(this);
  },
  get slotsUsed(): number {
    return this.heap.slotsUsed;
  },
  get slotBytes(): number {
    return this.heap.slotBytes;
  },
  get chunkBytes(): number {
    return this.heap.chunkBytes;
  },
  /** Collects garbage and compacts the chunk heap. */
  collect(): void {
    native("xs_instrumentation_collect").call(this);
  },
};

export default Instrumentation;
