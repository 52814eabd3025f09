// SPDX-License-Identifier: Apache-2.0
import type { ByteSource } from "drivers/bytes/byte-source";
import type { SPIImageOutput } from "drivers/host-spi/image-output";
import type { Frame } from "modules/camera/frame";
import type { Encoder } from "modules/image/image";
import { messageOf } from "modules/log/log";
import { imageReady } from "modules/protocol/protocol";
import type { ImageOutlet } from "./image-feed";
import type { Output } from "./output";

/** A source that can be given up. */
export interface StoppableSource extends ByteSource {
  stop(): void;
}

/** Makes an image message of a frame, one at a time. */
export interface FrameMessage<Source extends StoppableSource = StoppableSource> {
  /** The bytes of the message that was started. Holds its frame until the last one was read. */
  readonly source: Source;
  /** Begins a message. @returns its length in bytes */
  start(frame: Frame): number;
}

/** Sends images inside the session's message stream: encoded part by part, as fast as the client reads them. */
export class InlineOutlet implements ImageOutlet {
  constructor(
    private readonly output: Output,
    private readonly image: FrameMessage,
  ) {}

  get ready(): boolean {
    return this.output.idle;
  }

  start(frame: Frame, done: (delivered: boolean) => void): string | undefined {
    let length: number;
    try {
      length = this.image.start(frame);
    } catch (error) {
      return messageOf(error);
    }
    this.output.sendFrom(this.image.source, length, () => done(true));
    return undefined;
  }

  close(): void {
    this.image.source.stop();
  }
}

/** Holds an image until the host fetches it in one transfer. */
export type ImageOutput = Pick<SPIImageOutput, "idle" | "send" | "cancel">;

/**
 * Sends images over an ImageOutput, announced by `image_ready`. The whole message is read at once, which releases the
 * frame.
 */
export class AnnouncedOutlet implements ImageOutlet {
  constructor(
    private readonly output: Output,
    private readonly imageOutput: ImageOutput,
    private readonly image: FrameMessage<Encoder>,
  ) {}

  get ready(): boolean {
    return this.imageOutput.idle;
  }

  start(frame: Frame, done: (delivered: boolean) => void): string | undefined {
    try {
      const length = this.image.start(frame);
      this.output.send(imageReady(this.imageOutput.send(this.image.source, length, done)));
      return undefined;
    } catch (error) {
      this.image.source.stop();
      return messageOf(error);
    }
  }

  close(): void {
    this.imageOutput.cancel();
  }
}
