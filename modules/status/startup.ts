// SPDX-License-Identifier: Apache-2.0
import type { Log } from "modules/log/log";

/** Runs the start-up steps and logs the name, the duration and the result of each. */
export class Startup {
  private readonly now: () => number;
  private readonly log: Log;
  private readonly began: number;

  /** @param now milliseconds since start */
  constructor(now: () => number, log: Log) {
    this.now = now;
    this.log = log;
    this.began = now();
  }

  /** Runs a step. Logs its error and rethrows it; the caller decides which fault to raise. */
  step<T>(name: string, action: () => T): T {
    const began = this.now();
    try {
      const result = action();
      this.log.info(`${name}: done in ${this.since(began)}`);
      return result;
    } catch (error) {
      this.log.error(`${name}: failed after ${this.since(began)}: ${String(error)}`);
      throw error;
    }
  }

  /** Logs the last line: the camera is ready. */
  finish(): void {
    this.log.info(`ready after ${this.since(this.began)}`);
  }

  private since(began: number): string {
    return `${Math.round(this.now() - began)} ms`;
  }
}
