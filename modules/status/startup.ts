// SPDX-License-Identifier: Apache-2.0
import type { Log } from "modules/log/log";

/** Start-up step by step: each says in the log what it did, how long it took, and how it ended. */
export class Startup {
  readonly #now: () => number;
  readonly #log: Log;
  readonly #began: number;

  /** @param now milliseconds since start */
  constructor(now: () => number, log: Log) {
    this.#now = now;
    this.#log = log;
    this.#began = now();
  }

  /** Runs a step. What it throws is logged and thrown on: whoever called decides which fault that is. */
  step<T>(name: string, action: () => T): T {
    const began = this.#now();
    try {
      const result = action();
      this.#done(name, began);
      return result;
    } catch (error) {
      this.#failed(name, began, error);
      throw error;
    }
  }

  /** A step that takes its time. */
  async wait<T>(name: string, action: () => Promise<T>): Promise<T> {
    const began = this.#now();
    try {
      const result = await action();
      this.#done(name, began);
      return result;
    } catch (error) {
      this.#failed(name, began, error);
      throw error;
    }
  }

  /** The last line: the camera is ready. */
  finish(): void {
    this.#log.info(`ready after ${milliseconds(this.#now() - this.#began)}`);
  }

  #done(name: string, began: number): void {
    this.#log.info(`${name}: done in ${milliseconds(this.#now() - began)}`);
  }

  #failed(name: string, began: number, error: unknown): void {
    this.#log.error(`${name}: failed after ${milliseconds(this.#now() - began)}: ${String(error)}`);
  }
}

function milliseconds(duration: number): string {
  return `${Math.round(duration)} ms`;
}
