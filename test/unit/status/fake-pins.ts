// SPDX-License-Identifier: Apache-2.0
import type { InputPinConstructor } from "drivers/button/button";
import { Led, type OutputPinConstructor } from "drivers/led/led";
import type { SyncTimers } from "../fakes/sync-timers";

export type Colour = "dark" | "red" | "green" | "yellow";

/** The two pins of an LED, and every colour it has shown. */
export class FakeLedPins {
  static readonly RED = 14;
  static readonly GREEN = 15;
  readonly timers: SyncTimers;
  readonly levels = new Map<number, 0 | 1>();
  /** Every write, in order. */
  readonly writes: { at: number; pin: number; value: 0 | 1 }[] = [];
  readonly closed: number[] = [];
  failing: number | undefined;

  constructor(timers: SyncTimers) {
    this.timers = timers;
  }

  readonly io: OutputPinConstructor = ((bench: FakeLedPins) =>
    class {
      static readonly Output = 8;
      readonly #pin: number;
      constructor({ pin, mode }: { pin: number; mode: number }) {
        if (pin === bench.failing) throw new Error("no such pin");
        expect(mode).toBe(8);
        this.#pin = pin;
      }
      write(value: 0 | 1): void {
        bench.levels.set(this.#pin, value);
        bench.writes.push({ at: bench.timers.now(), pin: this.#pin, value });
      }
      close(): void {
        bench.closed.push(this.#pin);
      }
    })(this);

  led(): Led {
    const { io, timers } = this;
    return new Led({ red: { io, pin: FakeLedPins.RED }, green: { io, pin: FakeLedPins.GREEN }, timers });
  }

  get colour(): Colour {
    return colourOf(this.levels.get(FakeLedPins.RED) ?? 0, this.levels.get(FakeLedPins.GREEN) ?? 0);
  }

  /** Lets time pass. Returns each colour shown meanwhile with its duration in ms, the first one included. */
  watch(ms: number): [Colour, number][] {
    const shown: [Colour, number][] = [];
    const end = this.timers.now() + ms;
    let colour = this.colour;
    let since = this.timers.now();
    while (this.timers.now() < end) {
      this.timers.advance(1);
      const now = this.colour;
      if (now === colour) continue;
      shown.push([colour, this.timers.now() - since]);
      colour = now;
      since = this.timers.now();
    }
    shown.push([colour, end - since]);
    return shown;
  }
}

function colourOf(red: 0 | 1, green: 0 | 1): Colour {
  if (red) return green ? "yellow" : "red";
  return green ? "green" : "dark";
}

/** A push button between its pin and ground. */
export class FakeButtonPin {
  level: 0 | 1 = 1;
  reads = 0;
  closed = 0;
  mode: number | undefined;
  #onReadable: (() => void) | undefined;

  readonly io: InputPinConstructor = ((bench: FakeButtonPin) =>
    class {
      static readonly Input = 0;
      static readonly InputPullUp = 1;
      static readonly Rising = 1;
      static readonly Falling = 2;
      constructor({ mode, edge, onReadable }: { mode: number; edge: number; onReadable: () => void }) {
        expect(edge).toBe(3);
        bench.mode = mode;
        bench.#onReadable = onReadable;
      }
      read(): 0 | 1 {
        bench.reads++;
        return bench.level;
      }
      close(): void {
        bench.closed++;
      }
    })(this);

  /** Changes the level, and reports the edge at once. */
  set(level: 0 | 1): void {
    this.level = level;
    this.edge();
  }

  /** Reports an edge, whatever the level is since. */
  edge(): void {
    this.#onReadable?.();
  }

  press(): void {
    this.set(0);
  }

  release(): void {
    this.set(1);
  }
}
