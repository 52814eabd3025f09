// SPDX-License-Identifier: Apache-2.0
/** A picture of a stream. */
export interface Part {
  readonly fields: Readonly<Record<string, string>>;
  readonly jpeg: Buffer;
}

/**
 * Reads multipart/x-mixed-replace by the rules of go2rtc (pkg/mpjpeg): a part begins with a line that starts with "--",
 * header fields follow up to an empty line, then Content-Length bytes. Empty lines before a part are skipped, and any
 * other line is an error.
 */
export class PartReader {
  readonly parts: Part[] = [];
  /** Bytes that are no complete part. */
  rest: Buffer = Buffer.alloc(0);

  push(bytes: Buffer): void {
    this.rest = Buffer.concat([this.rest, bytes]);
    while (this.#next());
  }

  #next(): boolean {
    const { rest } = this;
    let at = 0;
    const line = (): string | undefined => {
      const end = rest.indexOf("\r\n", at);
      if (end < 0) return undefined;
      const text = rest.toString("latin1", at, end);
      at = end + 2;
      return text;
    };
    let text = line();
    while (text === "") text = line();
    if (text === undefined) return false;
    if (!text.startsWith("--")) throw new Error(`wrong boundary: ${text.slice(0, 40)}`);
    const fields: Record<string, string> = {};
    for (text = line(); text !== ""; text = line()) {
      if (text === undefined) return false;
      const colon = text.indexOf(":");
      if (colon < 1) throw new Error(`no header field: ${text.slice(0, 40)}`);
      fields[text.slice(0, colon).toLowerCase()] = text.slice(colon + 1).trim();
    }
    const length = Number(fields["content-length"]);
    if (!Number.isInteger(length)) throw new Error("no Content-Length");
    if (rest.length < at + length) return false;
    this.parts.push({ fields, jpeg: rest.subarray(at, at + length) });
    this.rest = rest.subarray(at + length);
    return true;
  }
}
