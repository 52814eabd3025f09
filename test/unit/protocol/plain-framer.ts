// SPDX-License-Identifier: Apache-2.0
import {
  COMMAND_BYTES,
  ETX,
  type Framer,
  type FramingEvent,
  NESTING_LIMIT,
  STX,
  VALUES_LIMIT,
} from "modules/protocol/framing";

/** The rules of Framer on Node, byte by byte: slow and obvious. The firmware's framer is native. */
export class PlainFramer implements Framer {
  event: FramingEvent = "none";
  text: string | undefined;
  #content: number[] = [];
  #state: "outside" | "inside" | "skipping" = "outside";

  feed(bytes: Uint8Array, from: number, to: number): number {
    this.event = "none";
    this.text = undefined;
    let at = from;
    while (at < to && this.event === "none") this.#take(bytes[at++] as number);
    return at;
  }

  reset(): void {
    this.event = "none";
    this.text = undefined;
    this.#state = "outside";
  }

  #take(byte: number): void {
    if (byte === STX) {
      this.#state = "inside";
      this.#content = [];
    } else if (byte === ETX) {
      if (this.#state === "inside") this.#finish();
      this.#state = "outside";
    } else if (this.#state === "inside") {
      this.#content.push(byte);
      if (this.#content.length <= COMMAND_BYTES) return;
      this.event = "too-long";
      this.#state = "skipping";
    }
  }

  #finish(): void {
    this.event = "command";
    this.text = commandText(Uint8Array.from(this.#content));
  }
}

/** The text of a command, or undefined if it is not one. */
export function commandText(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0) || !isBounded(bytes, NESTING_LIMIT, VALUES_LIMIT)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** True if braces and brackets outside strings nest within `nesting`, and there are at most `values` values. */
export function isBounded(bytes: Uint8Array, nesting: number, values: number): boolean {
  // Strings without their content, also an unfinished one at the end.
  const text = Buffer.from(bytes)
    .toString("latin1")
    .replace(/"(?:[^"\\]|\\[^])*(?:"|\\?$)/g, '""');
  let depth = 0;
  let deepest = 0;
  for (const character of text) {
    if ("{[".includes(character)) deepest = Math.max(deepest, ++depth);
    else if ("}]".includes(character)) depth -= 1;
  }
  const count = 1 + [...text].filter((character) => ",{[".includes(character)).length;
  return deepest <= nesting && count <= values;
}
