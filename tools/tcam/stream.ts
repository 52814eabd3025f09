// SPDX-License-Identifier: Apache-2.0
import type { Connection } from "./connection";

export interface StreamOptions {
  /** Milliseconds between images; 0: as fast as the sensor. */
  delay: number;
  /** Images to take; 0: no end. */
  frames: number;
  /** Ends the stream in order when it is aborted. */
  signal: AbortSignal;
  /**
   * A serial line: the stream is requested without end and ended by stream_off, because the camera counts damaged images as
   * delivered, and a line has no end of connection.
   */
  line?: boolean;
}

/**
 * Streams until `frames` images were received or `signal` is aborted.
 * @throws the error of `take`, CommandFailed, or the error that ended the connection
 */
export async function stream(
  camera: Connection,
  { delay, frames, signal, line = false }: StreamOptions,
  take: (text: string) => void,
): Promise<void> {
  const images = takeImages(camera, frames, signal, take);
  images.catch(() => undefined); // may reject before stream_on is answered
  try {
    await camera.call("stream_on", { delay_msec: delay, num_frames: line ? 0 : frames });
    await images;
  } finally {
    if (line && camera.open) await camera.call("stream_off");
  }
}

function takeImages(
  camera: Connection,
  frames: number,
  signal: AbortSignal,
  take: (text: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let count = 0;
    const end = (error?: Error): void => {
      signal.removeEventListener("abort", onAbort);
      camera.off("image", onImage);
      camera.off("close", onClose);
      if (error) reject(error);
      else resolve();
    };
    const onAbort = (): void => end();
    const onClose = (error: Error | undefined): void => end(error ?? new Error("connection closed"));
    const onImage = (text: string): void => {
      try {
        take(text);
        if (++count === frames) end();
      } catch (error) {
        end(error as Error);
      }
    };
    camera.on("image", onImage);
    camera.on("close", onClose);
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) end();
  });
}
