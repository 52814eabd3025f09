// SPDX-License-Identifier: Apache-2.0
import type { Frame } from "modules/camera/frame";
import type { Encoder } from "modules/image/image";
import type { FileOptions, FileSource } from "modules/image/frame-file";
import type { PictureEncoder } from "modules/image/jpeg";
import { engineText } from "modules/protocol/text";
import type { PictureSource } from "modules/web/picture-stream";
import type { FuzzFrame } from "./fake-services";
import { FrameBytes } from "./frame-bytes";
import type { Random } from "./random";

/** A short image message. */
export class SmallEncoder extends FrameBytes implements Encoder {
  start(frame: Frame, metadata: string): number {
    return this.begin(frame, engineText.encode(`\x02{"metadata":${metadata},"radiometric":"","telemetry":""}\x03`));
  }
  checksum(): number {
    return 0;
  }
}

/** A short file. */
export class SmallFile extends FrameBytes implements FileSource {
  start(frame: Frame, { format }: FileOptions): number {
    const text = format === "json" ? '{"data":"1"}' : `${format} of ${frame.sequence}`;
    return this.begin(frame, engineText.encode(text));
  }
}

/** Pictures that are not closed. */
let open = 0;
export const openPictures = (): number => open;

export class SmallPicture {
  #open = true;
  constructor(readonly length: number) {
    open += 1;
  }
  close(): void {
    if (this.#open) open -= 1;
    this.#open = false;
  }
}

/** Holds its frame until `tick` ends the picture, seldom without memory for it. */
export class SlowEncoder implements PictureEncoder<SmallPicture> {
  #frame: FuzzFrame | undefined;
  #length = 0;

  constructor(
    private readonly random: Random,
    private readonly onEncoded: (length: number) => void,
  ) {}

  start(frame: Frame): void {
    if (this.#frame) throw new Error("a picture is being encoded");
    if (this.random.once(50)) throw new Error("no memory");
    this.#frame = frame as FuzzFrame;
    this.#frame.hold();
  }
  take(): SmallPicture {
    return new SmallPicture(this.#length);
  }
  tick(): void {
    const frame = this.#frame;
    if (!frame || this.random.once(2)) return;
    this.#frame = undefined;
    frame.close();
    this.#length = this.random.once(50) ? 0 : 1 + this.random.below(3_000);
    this.onEncoded(this.#length);
  }
}

/** A picture of zeros between two texts. */
export class SmallSource implements PictureSource<SmallPicture> {
  #bytes = new Uint8Array(0);
  #at = 0;

  start({ length }: SmallPicture, head: string, tail: string): number {
    const before = engineText.encode(head);
    const after = engineText.encode(tail);
    this.#bytes = new Uint8Array(before.length + length + after.length);
    this.#bytes.set(before);
    this.#bytes.set(after, before.length + length);
    this.#at = 0;
    return this.#bytes.length;
  }
  read(target: Uint8Array): number {
    const part = this.#bytes.subarray(this.#at, this.#at + target.length);
    target.set(part);
    this.#at += part.length;
    return part.length;
  }
  stop(): void {
    this.#at = this.#bytes.length;
  }
}
