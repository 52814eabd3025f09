// SPDX-License-Identifier: Apache-2.0

/** A session, as the executor sees it: a source of commands. */
export interface CommandSource {
  /** Arrival number (from `Executor.arrival`) of the command that can run now; undefined while no command is ready. */
  readonly ready: number | undefined;
  /** Runs that command and resolves when it is done. Must not reject. */
  runNext(): Promise<void>;
}

/**
 * Runs the commands of all clients one at a time, in the order of their arrival. A client that waits for an image, or
 * does not read its answers, has no command ready and does not delay the others.
 */
export class Executor {
  private readonly sources = new Set<CommandSource>();
  private arrivals = 0;
  private running = false;

  add(source: CommandSource): void {
    this.sources.add(source);
  }

  remove(source: CommandSource): void {
    this.sources.delete(source);
  }

  /** Returns the number of a command that arrives now. */
  arrival(): number {
    return ++this.arrivals;
  }

  /** Call this when a source may have become ready. */
  wake(): void {
    if (this.running) return;
    let first: CommandSource | undefined;
    let earliest = Infinity;
    for (const source of this.sources) {
      const ready = source.ready;
      if (ready !== undefined && ready < earliest) {
        first = source;
        earliest = ready;
      }
    }
    if (!first) return;
    this.running = true;
    void first.runNext().then(() => {
      this.running = false;
      this.wake();
    });
  }
}
