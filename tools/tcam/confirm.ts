// SPDX-License-Identifier: Apache-2.0
import { createInterface } from "node:readline/promises";
import type { Connection } from "./connection";
import type { FirmwareFile } from "./firmware-image";
import { printable } from "./printable";
import { print, UsageError } from "./program";
import { isOlder, runningVersion } from "./update";

/** Streams to ask a question on. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
}

export interface Consent {
  /** Install an older version without asking. */
  yes: boolean;
  /** Cancels the question. */
  signal: AbortSignal;
  terminal?: Terminal;
}

/**
 * Prints the running version and the file's, and asks before an older one.
 * @throws UsageError without a terminal; Error if the answer is no; the signal's reason
 */
export async function confirmVersion(
  camera: Connection,
  path: string,
  { version }: FirmwareFile,
  { yes, signal, terminal = { input: process.stdin, output: process.stderr } }: Consent,
): Promise<void> {
  const running = await runningVersion(camera);
  print(`version ${running} runs now; ${path} is version ${version}`);
  if (yes || !isOlder(version, running)) return;
  const older = `version ${version} is older than ${running}, which runs now`;
  if (!terminal.input.isTTY) throw new UsageError(`${older}: give --yes to install it`);
  if (!(await ask(`${older}. Install it?`, signal, terminal))) throw new Error("nothing was installed");
}

/** True for "y" and "yes"; false for other answers and at the end of the input. */
async function ask(question: string, signal: AbortSignal, { input, output }: Terminal): Promise<boolean> {
  // terminal: false, because in raw mode Ctrl-C is a character and no signal.
  const lines = createInterface({ input, output, terminal: false });
  try {
    const ended = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
    const answer = await Promise.race([lines.question(`${printable(question)} [y/N] `, { signal }), ended]);
    return /^\s*y(es)?\s*$/i.test(answer);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    lines.close();
  }
}
