// SPDX-License-Identifier: Apache-2.0
import type { SPIImageOutput } from "drivers/host-spi/image-output";
import type { Frame } from "modules/camera/frame";
import type { Encoder } from "modules/image/image";
import { messageOf } from "modules/log/log";
import { imageReady } from "modules/protocol/protocol";
import type { ImageOutlet } from "./image-feed";
import type { Output } from "./output";

/** Returns the metadata object of a frame's image as JSON text. */
export type Metadata = (captured: number) => string;

/** Sends images inside the session's message stream (TCP): encoded part by part, as fast as the client reads them. */
export class InlineOutlet implements ImageOutlet {
  constructor(
    private readonly output: Output,
    private readonly encoder: Encoder,
    private readonly metadata: Metadata,
  ) {}

  get ready(): boolean {
    return this.output.idle;
  }

  start(frame: Frame, done: (delivered: boolean) => void): string | undefined {
    let length: number;
    try {
      length = this.encoder.start(frame, this.metadata(frame.captured));
    } catch (error) {
      return messageOf(error);
    }
    this.output.sendFrom(this.encoder, length, () => done(true));
    return undefined;
  }

  close(): void {
    this.encoder.stop();
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
    private readonly encoder: Encoder,
    private readonly metadata: Metadata,
  ) {}

  get ready(): boolean {
    return this.imageOutput.idle;
  }

  start(frame: Frame, done: (delivered: boolean) => void): string | undefined {
    try {
      const length = this.encoder.start(frame, this.metadata(frame.captured));
      this.output.send(imageReady(this.imageOutput.send(this.encoder, length, done)));
      return undefined;
    } catch (error) {
      this.encoder.stop();
      return messageOf(error);
    }
  }

  close(): void {
    this.imageOutput.cancel();
  }
}
