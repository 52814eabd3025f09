// SPDX-License-Identifier: Apache-2.0
/** The common part of the command-line programs: output, signals, exit statuses. */
import { constants } from "node:os";
import { CommanderError } from "commander";
import { CommandFailed } from "./connection";
import { printable } from "./printable";
import { reasonOf } from "./system-error";

/** Exit statuses other than 0 and those of signals. */
export const Exit = { Failed: 1, Usage: 2, NoCamera: 3, Refused: 4 } as const;

/** Wrong usage that commander does not detect. */
export class UsageError extends Error {}

/** No camera announces itself. */
export class NoCameraError extends Error {}

/** Standard output failed for a reason other than EPIPE. */
class OutputError extends Error {}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type EndSignal = (typeof SIGNALS)[number] | "SIGPIPE";

/** The program must end: a signal came, or the reader of its output closed (SIGPIPE, which Node reports as EPIPE). */
export class Interruption extends Error {
  constructor(readonly endSignal: EndSignal) {
    super(`ended by ${endSignal}`);
  }
}

/** Prints one line, escaped: it may contain received text. */
export function print(line: string): void {
  process.stdout.write(`${printable(line)}\n`);
}

/** Prints one line on standard error, escaped as well. */
export function report(line: string): void {
  process.stderr.write(`${printable(line)}\n`);
}

/** One line on standard error that is redrawn. Not escaped: the text must be the caller's own. */
export class ProgressLine {
  #drawn = false;

  draw(text: string): void {
    this.#drawn = true;
    process.stderr.write(`\r${text}\x1b[K`);
  }

  /** Ends the line before other output. */
  end(): void {
    if (this.#drawn) process.stderr.write("\n");
    this.#drawn = false;
  }
}

/**
 * Runs a command-line program. The first SIGINT, SIGTERM or SIGHUP, or an output without a reader, aborts `signal`, so that the
 * work can end in order; a second signal ends the program at once.
 */
export class Program {
  readonly #name: string;
  readonly #controller = new AbortController();

  constructor(name: string) {
    this.#name = name;
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
    process.stdout.on("error", (error: NodeJS.ErrnoException) =>
      this.#end(
        error.code === "EPIPE"
          ? new Interruption("SIGPIPE")
          : new OutputError(`cannot write to standard output: ${reasonOf(error)}`),
      ),
    );
    // An unread standard error does not end the program: in `tcam record … 2>&1 | tee log` Ctrl-C ends tee first.
    process.stderr.on("error", () => undefined);
  }

  /** Aborted when the program must end; its reason is an Error. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The result of `work`. @throws the signal's reason when the program must end */
  async unlessEnded<T>(work: Promise<T>): Promise<T> {
    const { signal } = this;
    let onAbort = (): void => undefined;
    const ended = new Promise<never>((_, reject) => {
      onAbort = () => reject(signal.reason as Error);
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort);
    });
    try {
      return await Promise.race([work, ended]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Runs the work and sets the exit status. Commander has already printed its own errors. */
  async run(work: () => Promise<unknown>): Promise<void> {
    let failure: unknown;
    try {
      await work();
    } catch (error) {
      failure = error;
    }
    await new Promise((resolve) => process.stdout.write("", resolve)); // write errors are reported later
    const reason: unknown = this.signal.aborted ? this.signal.reason : undefined;
    if (reason instanceof Interruption && (failure === reason || reason.endSignal === "SIGPIPE"))
      return this.#die(reason.endSignal);
    this.#fail(reason instanceof OutputError ? reason : failure);
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    for (const other of SIGNALS) process.off(other, this.#onSignal);
    this.#end(new Interruption(signal as EndSignal));
  };

  #end(reason: Error): void {
    this.#controller.abort(reason);
  }

  #fail(error: unknown): void {
    if (error === undefined) return;
    if (!(error instanceof CommanderError)) report(`${this.#name}: ${reasonOf(error)}`);
    process.exitCode = statusOf(error);
  }

  /** Ends by the signal itself, so that a shell sees it. */
  #die(signal: EndSignal): void {
    process.exitCode = 128 + constants.signals[signal]; // for process 1 of a container, where the default action is ignored
    const nothing = (): void => undefined;
    process.on(signal, nothing); // Node ignores SIGPIPE until a listener was added and removed
    process.off(signal, nothing);
    process.kill(process.pid, signal);
  }
}

function statusOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : Exit.Usage; // --help, --version; usage
  if (error instanceof UsageError) return Exit.Usage;
  if (error instanceof NoCameraError) return Exit.NoCamera;
  return error instanceof CommandFailed ? Exit.Refused : Exit.Failed;
}
