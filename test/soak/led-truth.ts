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
  #starting = true;

  constructor(world: World) {
    this.#world = world;
    const { journal } = world.camera.board;
    journal.events.subscribe(({ type }) => {
      if (type === "chip" || type === "radio" || type === "button") world.changed = world.now;
      if (type === "chip" || type === "radio") world.interrupted = world.now;
      if (type === "chip") this.#restart();
    });
    journal.lines.subscribe(({ part, text, source }) => {
      if (source !== "firmware") return;
      if (part === "main" && text.startsWith("version ")) this.#restart();
      // The camera restarts its network.
      if (part === "network") world.interrupted = world.now;
      if (part === "update") this.#update(text);
      if (text.startsWith("WiFi reset in ")) world.wifiResets += 1;
      const [, fault, cleared] = /^fault (\d) \(\w+\)(:| cleared)/.exec(text) ?? [];
      if (fault === undefined) return;
      world.changed = world.now;
      if (cleared === ":") this.#world.faults.add(Number(fault));
      else this.#world.faults.delete(Number(fault));
      if (cleared === ":") world.counts.add(`fault ${fault} shown`);
    });
  }

  #restart(): void {
    this.#world.faults.clear();
    this.#world.update = "none";
    this.#starting = true;
  }

  #update(text: string): void {
    const world = this.#world;
    if (text.endsWith("requested: waiting for the button")) world.update = "requested";
    else if (text === "button pressed: update begins") world.update = "running";
    else if (/^update ended|^Firmware update | is complete in /.test(text)) world.update = "none";
    else return;
    world.changed = world.now;
  }

  /** @param clients sessions that are open; undefined: not known */
  look(clients: number | undefined): void {
    const world = this.#world;
    const { board } = world.camera;
    if (board.chip.state !== "running" || world.now - world.changed < SETTLED) return;
    const from = world.changed + FOLLOWED;
    const changes = board.led.since().filter((change) => change.board > from);
    const before = board.led.since().findLast((change) => change.board <= from);
    const colors = new Set([...(before ? [before.color] : []), ...changes.map(({ color }) => color)]);
    const shown = [...colors].sort().join("+");
    if (shown === "red" && this.#starting) return;
    this.#starting = false;
    world.counts.add("LED checks");
    if (world.update !== "none") {
      const expected = world.update === "requested" ? "green+red" : "green+off";
      if (shown !== expected) world.violated(`the LED shows ${shown}, not ${expected}: an update is ${world.update}`);
      else world.counts.add(`LED checks, update ${world.update}`);
      return;
    }
    if (this.#world.faults.size > 0) {
      if (shown !== "off+red")
        world.violated(`the LED shows ${shown} with the faults ${[...this.#world.faults].join()}`);
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
    // The camera finds at any moment that a client has left without a word.
    const fits = expected === undefined ? ["green", "yellow", "green+yellow"].includes(shown) : shown === expected;
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
      if (whole && !this.#world.faults.has(count))
        this.#world.violated(`the LED blinks ${count} times with the faults ${[...this.#world.faults].join()}`);
      whole = true;
      count = 0;
    }
  }
}
