// SPDX-License-Identifier: Apache-2.0
import type { Storage as Declared, StorageFormat, StorageOpenOptions } from "embedded:storage/key-value";
import { BoardLink } from "platforms/linux/board-link";
import { bytesOf } from "platforms/linux/bytes";

/** Formats, in the order of their numbers on the board link. */
const formats: readonly StorageFormat[] = [
  "buffer",
  "string",
  "uint8",
  "int8",
  "uint16",
  "int16",
  "uint32",
  "int32",
  "uint64",
  "int64",
];

/** NVS_KEY_NAME_MAX_SIZE of ESP-IDF without the final 0. */
const nameMaximum = 15;

const checkFormat = (format: unknown): StorageFormat => {
  const found = formats.find((one) => one === format);
  if (!found) throw new RangeError("unsupported format");
  return found;
};

/** A namespace or key: number of bytes, then the bytes. */
const encodeName = (name: unknown, what: string): Uint8Array => {
  if (undefined === name) throw new SyntaxError(`no ${what}`);
  const bytes = new Uint8Array(ArrayBuffer.fromString(`${name as string}`));
  if (!bytes.length || bytes.length > nameMaximum) throw new RangeError(`${what} must have 1 to ${nameMaximum} bytes`);
  const encoded = new Uint8Array(1 + bytes.length);
  encoded[0] = bytes.length;
  encoded.set(bytes, 1);
  return encoded;
};

const concatenate = (...parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
};

/** A number too large for its format loses its high bits, as by the casts on the ESP32. */
const encodeNumber = (format: Exclude<StorageFormat, "buffer" | "string">, value: number | bigint): Uint8Array => {
  const view = new DataView(new ArrayBuffer(8));
  const end = (count: number): Uint8Array => new Uint8Array(view.buffer, 0, count);
  switch (format) {
    case "uint8":
    case "int8":
      view.setInt8(0, Number(value));
      return end(1);
    case "uint16":
    case "int16":
      view.setInt16(0, Number(value), true);
      return end(2);
    case "uint32":
    case "int32":
      view.setInt32(0, Number(value), true);
      return end(4);
    case "uint64":
    case "int64":
      view.setBigInt64(0, BigInt(value), true);
      return end(8);
  }
};

const encodeValue = (format: StorageFormat, value: unknown): Uint8Array => {
  if (undefined === value) throw new SyntaxError("no value");
  if ("buffer" === format) return bytesOf(value as ByteBuffer);
  if ("string" === format) return new Uint8Array(ArrayBuffer.fromString(`${value as string}`));
  return encodeNumber(format, value as number | bigint);
};

const decodeValue = (format: StorageFormat, bytes: ArrayBuffer): ArrayBuffer | string | number | bigint => {
  const view = new DataView(bytes);
  switch (format) {
    case "buffer":
      return bytes;
    case "string":
      return String.fromArrayBuffer(bytes);
    case "uint8":
      return view.getUint8(0);
    case "int8":
      return view.getInt8(0);
    case "uint16":
      return view.getUint16(0, true);
    case "int16":
      return view.getInt16(0, true);
    case "uint32":
      return view.getUint32(0, true);
    case "int32":
      return view.getInt32(0, true);
    case "uint64":
      return view.getBigUint64(0, true);
    case "int64":
      return view.getBigInt64(0, true);
  }
};

/** A namespace of the board's non-volatile storage, with the rules of NVS. */
class Storage implements Declared {
  private readonly namespace: Uint8Array;
  private readonly readOnly: boolean;
  private link: BoardLink | undefined;
  private valueFormat: StorageFormat;

  constructor(options: StorageOpenOptions) {
    const { path, mode = "r+", format = "buffer" } = options;
    if (undefined === path) throw new Error("no path");
    if ("r" !== mode && "r+" !== mode) throw new Error("invalid mode");
    this.namespace = encodeName(path, "path");
    this.readOnly = "r" === mode;
    this.valueFormat = checkFormat(format);
    this.link = new BoardLink({ opening: { open: "key-value" } });
  }
  close(): void {
    this.link?.close();
    this.link = undefined;
  }
  delete(key: string): void {
    this.writableLink().expect("A", "D", this.request(key));
  }
  read(key: string, buffer?: ByteBuffer): never {
    const link = this.open();
    const answer = link.request("G", this.request(key));
    if ("U" === link.type) return undefined as never;
    if ("V" !== link.type || !answer.byteLength) throw new Error(`read failed: ${String.fromArrayBuffer(answer)}`);
    if (formats[new Uint8Array(answer)[0] as number] !== this.valueFormat) throw new TypeError("mismatch");
    const value = answer.slice(1);
    if (!buffer || "buffer" !== this.valueFormat) return decodeValue(this.valueFormat, value) as never;
    const target = bytesOf(buffer);
    if (target.length < value.byteLength) throw new RangeError("buffer too small");
    target.set(new Uint8Array(value));
    return value.byteLength as never;
  }
  write(key: string, value: ByteBuffer | string | number | bigint): void {
    const link = this.writableLink();
    const head = concatenate(this.request(key), Uint8Array.of(formats.indexOf(this.valueFormat)));
    link.expect("A", "W", head, encodeValue(this.valueFormat, value));
  }
  *[Symbol.iterator](): IterableIterator<string> {
    const bytes = new Uint8Array(this.open().expect("K", "I", concatenate(this.namespace, Uint8Array.of(0))));
    for (let at = 0; at < bytes.length;) {
      const end = at + 1 + (bytes[at] as number);
      yield String.fromArrayBuffer(bytes.slice(at + 1, end).buffer);
      at = end;
    }
  }
  get format(): StorageFormat {
    this.open();
    return this.valueFormat;
  }
  set format(value: StorageFormat) {
    this.open();
    this.valueFormat = checkFormat(value);
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
  private request(key: string): Uint8Array {
    return concatenate(this.namespace, encodeName(key, "key"));
  }
}

export default Object.freeze({
  open(options: StorageOpenOptions): Storage {
    return new Storage(options);
  },
});
