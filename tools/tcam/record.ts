// SPDX-License-Identifier: Apache-2.0
import { closeSync, openSync, writeSync } from "node:fs";
import { ThermalImage, type Metadata } from "./image";

/**
 * A movie file of the tCam applications (`.tmjsn`): image texts, each followed by 0x03, and a `video_info` at the end.
 * Every image is in the file as soon as `add` returns; a recording that was cut off lacks only its `video_info`.
 */
export class MovieFile {
  private readonly file: number;
  private first: Metadata | undefined;
  private last: Metadata | undefined;
  frames = 0;

  constructor(path: string) {
    this.file = openSync(path, "w");
  }

  add(text: string): void {
    const { metadata } = new ThermalImage(text);
    this.first ??= metadata;
    this.last = metadata;
    this.frames++;
    writeSync(this.file, `${text}\x03`);
  }

  close(): void {
    if (this.first && this.last) {
      const info = {
        start_time: this.first.Time,
        start_date: this.first.Date,
        end_time: this.last.Time,
        end_date: this.last.Date,
        num_frames: this.frames,
        version: 1,
      };
      writeSync(this.file, JSON.stringify({ video_info: info }));
    }
    closeSync(this.file);
  }
}
