// SPDX-License-Identifier: Apache-2.0
/** Recordings: video of the composed picture, and `.tmjsn` data files of the tCam applications. */
import type { Status } from "./camera";
import type { Frame } from "./frame";

/** Frames that are joined to one piece: browsers may keep pieces on disk. */
const PIECE = 64;
const VIDEO_TYPES = ["video/mp4;codecs=avc1.42E01E", "video/webm;codecs=vp9", "video/webm"];

function base64(words: Uint16Array): string {
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  let text = "";
  for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  return btoa(text);
}

const two = (value: number): string => String(value).padStart(2, "0");

/** Time and date as in the camera's image messages. */
export function stamp(time: Date): { Time: string; Date: string } {
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(":");
  return {
    Time: `${clock}.${String(time.getMilliseconds()).padStart(3, "0")}`,
    Date: `${time.getMonth() + 1}/${time.getDate()}/${two(time.getFullYear() % 100)}`,
  };
}

/** A frame as the camera's image message. */
export function imageMessage(frame: Frame, status: Status, time: Date): string {
  const { Camera, Model, Version } = status;
  return JSON.stringify({
    metadata: { Camera, Model, Version, ...stamp(time) },
    radiometric: base64(frame.pixels),
    telemetry: base64(frame.telemetry),
  });
}

export interface Recorder {
  readonly suffix: string;
  readonly frames: number;
  add(frame: Frame, status: Status, time: Date): void;
  stop(): Promise<Blob>;
}

/** Records image messages, each followed by 0x03, and a `video_info` at the end. */
export class DataRecorder implements Recorder {
  readonly suffix = "tmjsn";
  frames = 0;
  private readonly pieces: Blob[] = [];
  private texts: string[] = [];
  private first: Date | undefined;
  private last = new Date(0);

  add(frame: Frame, status: Status, time: Date): void {
    this.first ??= time;
    this.last = time;
    this.frames++;
    this.texts.push(`${imageMessage(frame, status, time)}\x03`);
    if (this.texts.length >= PIECE) this.pieces.push(new Blob(this.texts.splice(0)));
  }

  stop(): Promise<Blob> {
    const [start, end] = [stamp(this.first ?? this.last), stamp(this.last)];
    const info = {
      start_time: start.Time,
      start_date: start.Date,
      end_time: end.Time,
      end_date: end.Date,
      num_frames: this.frames,
      version: 1,
    };
    return Promise.resolve(new Blob([...this.pieces, ...this.texts, JSON.stringify({ video_info: info })]));
  }
}

export class VideoRecorder implements Recorder {
  readonly suffix: string;
  frames = 0;
  private readonly recorder: MediaRecorder;
  private readonly pieces: Blob[] = [];

  /** Whether this browser can record. */
  static get possible(): boolean {
    return typeof MediaRecorder === "function" && "captureStream" in HTMLCanvasElement.prototype;
  }

  constructor(canvas: HTMLCanvasElement) {
    const mimeType = VIDEO_TYPES.find((type) => MediaRecorder.isTypeSupported(type)) ?? "";
    this.recorder = new MediaRecorder(canvas.captureStream(), { mimeType, videoBitsPerSecond: 4_000_000 });
    this.recorder.ondataavailable = ({ data }) => this.pieces.push(data);
    this.recorder.start(1000);
    this.suffix = mimeType.startsWith("video/mp4") ? "mp4" : "webm";
  }

  add(): void {
    this.frames++;
  }

  stop(): Promise<Blob> {
    return new Promise((resolve) => {
      this.recorder.onstop = () => resolve(new Blob(this.pieces, { type: this.recorder.mimeType }));
      this.recorder.stop();
    });
  }
}
