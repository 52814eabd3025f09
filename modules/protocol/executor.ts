// SPDX-License-Identifier: Apache-2.0

/** Someone with commands to run, as the executor sees it. */
export interface CommandSource {
  /** When the command arrived that could run now (a number from `Executor.arrival`); undefined while there is none. */
  readonly ready: number | undefined;
  /** Runs that command, and resolves when it is done. Must not reject. */
  runNext(): Promise<void>;
}

/**
 * Runs the commands of all clients one after another, in the order in which they arrived.
 * A client that waits for an image, or does not read its answers, has nothing ready and holds up nobody.
 */
export class Executor {
  readonly #sources = new Set<CommandSource>();
  #arrivals = 0;
  #running = false;

  add(source: CommandSource): void {
    this.#sources.add(source);
  }

  remove(source: CommandSource): void {
    this.#sources.delete(source);
  }

  /** A number for a command that arrives now. */
  arrival(): number {
    return ++this.#arrivals;
  }

  /** To be called whenever a source may have become ready. */
  wake(): void {
    if (this.#running) return;
    let first: CommandSource | undefined;
    let earliest = Infinity;
    for (const source of this.#sources) {
      const ready = source.ready;
      if (ready !== undefined && ready < earliest) {
        first = source;
        earliest = ready;
      }
    }
    if (!first) return;
    this.#running = true;
    void first.runNext().then(() => {
      this.#running = false;
      this.wake();
    });
  }
}
