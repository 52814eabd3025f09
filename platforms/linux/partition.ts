// SPDX-License-Identifier: Apache-2.0
import type { Flash as Declared, FlashOpenOptions, FlashStatus } from "embedded:storage/flash";
import { BoardLink } from "platforms/linux/board-link";
import { byteLength, bytesOf } from "platforms/linux/bytes";

/** Erase block of the flash chip, in bytes. */
const blockLength = 4096;
/** Longest part of a read or write in one message. */
const partLength = 65536;

const words = (...values: readonly number[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, index) => view.setUint32(4 * index, value, true));
  return new Uint8Array(view.buffer);
};

const integer = (value: unknown, what: string): number => {
  if (undefined === value) throw new SyntaxError(`no ${what}`);
  // Not Number(), which accepts a bigint.
  const number = Math.trunc(+(value as number));
  if (!(number >= 0 && number <= 0xffff_ffff)) throw new RangeError(`invalid ${what}`);
  return number;
};

/** A partition of the board's flash. Read, write (bits change from 1 to 0) and erase block. */
export class Flash implements Declared {
  private link: BoardLink | undefined;
  private readonly readOnly: boolean;
  /** The partition's label. */
  readonly label: string;
  private readonly size: number;

  constructor(options: FlashOpenOptions) {
    const { path, mode = "r+", format = "buffer" } = options as FlashOpenOptions & { format?: string };
    if (undefined === path) throw new Error("no path");
    if ("r" !== `${mode}` && "r+" !== mode) throw new Error("invalid mode");
    if ("buffer" !== format) throw new RangeError("unsupported format");
    this.readOnly = "r" === mode;
    this.link = new BoardLink({ opening: { open: "flash", path: `${path}` } });
    this.label = String(this.link.answer.label);
    this.size = Number(this.link.answer.size);
  }
  close(): void {
    this.link?.close();
    this.link = undefined;
  }
  eraseBlock(start: number, end?: number): void {
    const link = this.writableLink();
    const first = integer(start, "block");
    link.expect("A", "E", words(first, undefined === end ? first + 1 : integer(end, "block")));
  }
  read(count: number | ByteBuffer, byteOffset = 0): never {
    const link = this.open();
    const wanted = "number" === typeof count ? integer(count, "length") : byteLength(count);
    const target = "number" === typeof count ? new Uint8Array(wanted) : bytesOf(count);
    const offset = integer(byteOffset, "offset");
    for (let at = 0; at < wanted; at += partLength) {
      const length = Math.min(partLength, wanted - at);
      const part = link.expect("D", "R", words(offset + at, length));
      if (part.byteLength !== length) throw new Error("read failed");
      target.set(new Uint8Array(part), at);
    }
    return ("number" === typeof count ? target.buffer : wanted) as never;
  }
  write(buffer: ByteBuffer, byteOffset: number): void {
    const link = this.writableLink();
    if (undefined === buffer) throw new SyntaxError("no buffer");
    const bytes = bytesOf(buffer);
    const offset = integer(byteOffset, "offset");
    for (let at = 0; at < bytes.length; at += partLength)
      link.expect("A", "W", words(offset + at), bytes.subarray(at, at + partLength));
  }
  status(): FlashStatus {
    this.open();
    return { size: this.size, blockLength, blocks: Math.floor(this.size / blockLength) };
  }
  get format(): "buffer" {
    return "buffer";
  }
  set format(value: "buffer") {
    if ("buffer" !== value) throw new RangeError("invalid format");
  }
  /** Open for writing. */
  get writable(): boolean {
    this.open();
    return !this.readOnly;
  }

  private open(): BoardLink {
    if (!this.link) throw new SyntaxError("closed");
    return this.link;
  }
  private writableLink(): BoardLink {
    const link = this.open();
    if (this.readOnly) throw new Error("read-only");
    return link;
  }
}
