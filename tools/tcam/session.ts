// SPDX-License-Identifier: Apache-2.0
import { CommandFailed, type CamInfo, type Connection } from "./connection";
import { type Program, report } from "./program";

export interface SessionOptions {
  /** The work ends by itself, in order, when the program has to end. */
  endsInOrder?: boolean;
  /** Codes of `cam_info` (`info_value`) that the work waits for itself. */
  expects?: readonly number[];
}

/** Long enough for the end of the connection to follow the reason for it. */
const HOLD_MS = 250;

/** A camera as a program opens it. */
interface Camera {
  readonly connection: Connection;
  close(): void;
}

/** Opens a camera, does the work, reports the camera's unsolicited messages, and closes. @throws what `open` and `work` throw */
export async function withSession<T extends Camera>(
  program: Program,
  open: () => Promise<T>,
  work: (camera: T) => Promise<void>,
  { endsInOrder = false, expects = [] }: SessionOptions,
): Promise<void> {
  const camera = await program.unlessEnded(open());
  const unasked = new Unasked(camera.connection, expects);
  try {
    await (endsInOrder ? work(camera) : program.unlessEnded(work(camera)));
    unasked.report();
  } catch (error) {
    unasked.report(error);
    throw error;
  } finally {
    camera.close();
  }
}

/**
 * Reports `cam_info` messages that answer no command, after a short delay: a camera that closes the connection sends the reason first,
 * which then becomes part of the error.
 */
class Unasked {
  readonly #held: string[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(connection: Connection, expected: readonly number[]) {
    connection.on("info", ({ info_value, info_string }: CamInfo) => {
      if (expected.includes(info_value)) return;
      this.#held.push(info_string);
      this.#timer ??= setTimeout(() => this.report(), HOLD_MS);
    });
  }

  /** @param error how the work ended: the words with which a camera closed the connection are part of it */
  report(error?: unknown): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const words of this.#held.splice(0))
      if (!(error instanceof CommandFailed && error.message.endsWith(words))) report(`the camera says: ${words}`);
  }
}
