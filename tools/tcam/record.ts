// SPDX-License-Identifier: Apache-2.0
import { AtomicFile } from "./atomic-file";
import { ThermalImage, type Metadata } from "./image";

/**
 * A movie file of the tCam applications (`.tmjsn`): image texts, each followed by 0x03, and a `video_info` at the end.
 * It is a temporary file until `close`; an old file of its name stays when no image comes.
 * Every image is in the file as soon as `add` returns; a recording that was cut off lacks only its `video_info`.
 */
export class MovieFile {
  readonly #file: AtomicFile;
  #first: Metadata | undefined;
  #last: Metadata | undefined;
  frames = 0;

  /** @throws FileError */
  constructor(path: string) {
    this.#file = new AtomicFile(path);
  }

  /** @throws ImageError, FileError: the movie can still be closed, with the images before */
  add(text: string): void {
    const { metadata } = new ThermalImage(text);
    this.#file.write(Buffer.from(`${text}\x03`));
    this.#first ??= metadata;
    this.#last = metadata;
    this.frames++;
  }

  /** Renames the temporary file to the movie's name, or removes it if there are no images. @throws FileError */
  close(): void {
    if (!this.#first || !this.#last) return this.#file.discard();
    const info = {
      start_time: this.#first.Time,
      start_date: this.#first.Date,
      end_time: this.#last.Time,
      end_date: this.#last.Date,
      num_frames: this.frames,
      version: 1,
    };
    try {
      this.#file.write(Buffer.from(JSON.stringify({ video_info: info })));
    } finally {
      this.#file.commit();
    }
  }
}
