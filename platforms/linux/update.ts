// SPDX-License-Identifier: Apache-2.0
import type { UpdateOpenOptions, Updater } from "embedded:update";
import { bytesOf } from "platforms/linux/bytes";
import { Flash } from "platforms/linux/partition";
import system from "platform/system";

/** ESP_IMAGE_HEADER_MAGIC: the first byte of a firmware image. */
const imageMagic = 0xe9;

/** Writes a firmware image as esp_ota_* of ESP-IDF do: in order, erasing before each write ("a"), or at any offset after one erase ("w"). */
class Update implements Updater {
  private partition: Flash | undefined;
  private readonly append: boolean;
  private completed = false;
  private written = false;
  /** Offset of the next write, with "a". */
  private position = 0;
  /** Erased blocks at the partition's start. */
  private erased = 0;

  constructor(options: UpdateOpenOptions) {
    const { partition, mode = "a", byteLength } = options;
    if (undefined === partition) throw new Error("no partition");
    if (!(partition instanceof Flash)) throw new SyntaxError("invalid partition");
    if ("a" !== `${mode}` && "w" !== `${mode}`) throw new RangeError("invalid mode");
    if (!partition.writable) throw new Error("read-only partition");
    const { size } = partition.status();
    const length = undefined === byteLength ? size : Number(byteLength);
    if (!(length >= 0 && length <= size)) throw new RangeError("invalid byteLength");
    this.append = "a" === mode;
    this.partition = partition;
    if (!this.append) this.erase(length || size);
  }
  close(): void {
    this.partition = undefined;
  }
  write(bytes: ByteBuffer, byteOffset?: number): void {
    const partition = this.open();
    if (undefined === bytes) throw new SyntaxError("no buffer");
    const source = bytesOf(bytes);
    if (this.append && undefined !== byteOffset) throw new Error("offset not allowed");
    if (!this.append && undefined === byteOffset) throw new SyntaxError("no offset");
    const offset = this.append ? this.position : Number(byteOffset);
    if (!(offset >= 0 && offset + source.length <= partition.status().size)) throw new RangeError("invalid offset");
    if (0 === offset && source.length && imageMagic !== source[0]) throw new Error("write failed: no image");
    if (this.append) this.erase(offset + source.length);
    partition.write(source, offset);
    this.written ||= source.length > 0;
    if (this.append) this.position += source.length;
  }
  complete(): void {
    const { label } = this.open();
    this.completed = true;
    if (!this.written) throw new Error("end failed: nothing was written");
    system.boot(label);
  }
  get format(): "buffer" {
    return "buffer";
  }
  set format(value: "buffer") {
    if ("buffer" !== value) throw new RangeError("invalid format");
  }

  private open(): Flash {
    if (!this.partition) throw new SyntaxError("closed");
    if (this.completed) throw new Error("already complete");
    return this.partition;
  }
  /** Erases the rest of the first `length` bytes. */
  private erase(length: number): void {
    const partition = this.partition as Flash;
    const end = Math.ceil(length / partition.status().blockLength);
    if (end > this.erased) partition.eraseBlock(this.erased, end);
    this.erased = Math.max(this.erased, end);
  }
}

export default Object.freeze({
  open(options: UpdateOpenOptions): Update {
    return new Update(options);
  },
});
