// SPDX-License-Identifier: Apache-2.0
/**
 * The LED is right: when nothing it depends on has changed for a while, it shows the state that follows from the faults of the
 * log, the update, the stations and the clients.
 */
import type { World } from "./world";

/** Milliseconds of board time without a change until the LED has followed, and until a period of each pattern has passed then. */
const FOLLOWED = 3_000;
const SETTLED = 10_000;

export class LedTruth {
  readonly #world: World;
  readonly #faults = new Set<number>();
  #starting = true;

  constructor(world: World) {
    this.#world = world;
    const { journal } = world.camera.board;
    journal.events.subscribe(({ type }) => {
      if (type === "chip" || type === "radio" || type === "button") world.changed = world.now;
      if (type === "chip") this.#restart();
    });
    journal.lines.subscribe(({ part, text, source }) => {
      if (source !== "firmware") return;
      if (part === "main" && text.startsWith("version ")) this.#restart();
      const [, fault, cleared] = /^fault (\d) \(\w+\)(:| cleared)/.exec(text) ?? [];
      if (fault === undefined) return;
      world.changed = world.now;
      if (cleared === ":") this.#faults.add(Number(fault));
      else this.#faults.delete(Number(fault));
      if (cleared === ":") world.counts.add(`fault ${fault} shown`);
    });
  }

  #restart(): void {
    this.#faults.clear();
    this.#starting = true;
  }

  /** @param clients sessions that are open; undefined: not known @param updating an update is requested or runs */
  look(clients: number | undefined, updating: boolean): void {
    const world = this.#world;
    const { board } = world.camera;
    if (board.chip.state !== "running" || updating || world.now - world.changed < SETTLED) return;
    const from = world.changed + FOLLOWED;
    const changes = board.led.since().filter((change) => change.board > from);
    const before = board.led.since().findLast((change) => change.board <= from);
    const colors = new Set([...(before ? [before.color] : []), ...changes.map(({ color }) => color)]);
    const shown = [...colors].sort().join("+");
    if (shown === "red" && this.#starting) return;
    this.#starting = false;
    world.counts.add("LED checks");
    if (this.#faults.size > 0) {
      if (shown !== "off+red") world.violated(`the LED shows ${shown} with the faults ${[...this.#faults].join()}`);
      else this.#countBlinks(changes);
      return;
    }
    const expected = !world.joined
      ? "off+yellow"
      : clients === undefined
        ? undefined
        : clients > 0
          ? "green"
          : "yellow";
    const fits = expected === undefined ? shown === "green" || shown === "yellow" : shown === expected;
    if (!fits) world.violated(`the LED shows ${shown}, not ${expected ?? "green or yellow"}; ${clients} clients`);
  }

  /** A group of blinks that is whole has as many as a fault that is raised. */
  #countBlinks(changes: readonly { readonly board: number; readonly color: string }[]): void {
    let count = 0;
    let whole = false;
    for (const [i, { board, color }] of changes.entries()) {
      const next = changes[i + 1];
      if (color === "red") count += 1;
      if (color !== "off" || !next || next.board - board < 1_000) continue;
      if (whole && !this.#faults.has(count))
        this.#world.violated(`the LED blinks ${count} times with the faults ${[...this.#faults].join()}`);
      whole = true;
      count = 0;
    }
  }
}
