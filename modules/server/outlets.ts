// SPDX-License-Identifier: Apache-2.0
import type { SharedFrame } from "modules/camera/frame";
import type { Encoder } from "modules/image/image";
import { messageOf } from "modules/log/log";
import { imageReady } from "modules/protocol/protocol";
import type { ImageOutlet } from "./image-feed";
import type { Output } from "./output";

/** Returns the metadata object of a frame's image as JSON text. */
export type Metadata = (captured: number) => string;

/** Sends images inside the session's message stream (TCP): encoded part by part, as fast as the client reads them. */
export class InlineOutlet implements ImageOutlet {
  #held: SharedFrame | undefined;

  constructor(
    private readonly output: Output,
    private readonly encoder: Encoder,
    private readonly metadata: Metadata,
  ) {}

  get ready(): boolean {
    return this.output.idle;
  }

  start(shared: SharedFrame, done: (delivered: boolean) => void): string | undefined {
    const { frame } = shared;
    let length: number;
    try {
      length = this.encoder.start(frame, this.metadata(frame.captured));
    } catch (error) {
      return messageOf(error);
    }
    shared.retain();
    this.#held = shared;
    this.output.sendFrom(this.encoder, length, () => {
      this.close();
      done(true);
    });
    return undefined;
  }

  close(): void {
    const held = this.#held;
    this.#held = undefined;
    held?.release();
  }
}

/** Holds an image until the host fetches it in one transfer: the SPI slave of the hardware interface. */
export interface ImageOutput {
  /** No image is waiting. */
  readonly idle: boolean;
  /**
   * Reads a complete image message and makes it ready to be fetched.
   * @param length its bytes, both delimiters included
   * @param done called later, once: the host fetched all of it (true), or the port gave it up (false)
   * @returns bytes to announce: the message and its checksum
   * @throws when the port failed; the next image may be tried
   */
  send(message: Pick<Encoder, "read" | "checksum">, length: number, done: (fetched: boolean) => void): number;
  /** Discards the waiting image; `done` is not called. */
  cancel(): void;
}

/**
 * Sends images over an ImageOutput, announced by `image_ready`. Releases the frame at once: the port has its own buffer.
 */
export class AnnouncedOutlet implements ImageOutlet {
  constructor(
    private readonly output: Output,
    private readonly port: ImageOutput,
    private readonly encoder: Encoder,
    private readonly metadata: Metadata,
  ) {}

  get ready(): boolean {
    return this.port.idle;
  }

  start(shared: SharedFrame, done: (delivered: boolean) => void): string | undefined {
    const { frame } = shared;
    try {
      const length = this.encoder.start(frame, this.metadata(frame.captured));
      this.output.send(imageReady(this.port.send(this.encoder, length, done)));
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  close(): void {
    this.port.cancel();
  }
}
