// SPDX-License-Identifier: Apache-2.0
/** An update while another client streams, in steps of board time: what that client gets. */
import type { Connection } from "../../../tools/tcam/connection";
import { ThermalImage } from "../../../tools/tcam/image";
import type { VirtualCamera, VirtualCameraOptions } from "../../../simulator/board/virtual-camera";
import { type FlashTimes, TYPICAL_FLASH } from "../../../simulator/board/storage/flash-chip";
import { makeFirmwareImage } from "../../../simulator/board/storage/firmware-image";
import type { LeptonOptions } from "../../../simulator/lepton";
import { frameCounter, openUnlimited, wholeFrame, withVirtualCamera } from "../camera/rig";

/** Milliseconds of board time. */
const STEP = 10;
const RESULT_LIMIT = 400_000;
/** The sensor's first flat-field correction, which interrupts the stream, is over by then. */
const SETTLED = 8_000;

/** The firmware reports a fault, or the sensor was reset. */
const FAULT = /^status: fault \d|^lepton: out of reset/;

export interface StreamedUpdateOptions {
  /** Bytes of the firmware image. */
  readonly size: number;
  readonly strictness: NonNullable<LeptonOptions["strictness"]>;
  readonly flash?: FlashTimes;
  /** Milliseconds from a chunk's request to its arrival. */
  readonly transport?: number;
  /** Called once a step, with the offset of the latest chunk. */
  readonly onStep?: (update: StreamedUpdate) => void;
}

/** Figures of the time from the first chunk's request to the result. */
export interface Figures {
  /** Frames of the sensor, and those of them that the other client got. */
  readonly frames: number;
  readonly received: number;
  /** Longest time between two of them, in milliseconds. */
  readonly gap: number;
  /** In milliseconds. */
  readonly duration: number;
  /** Synchronisations lost, also those that a pause intends. */
  readonly syncLosses: number;
  /** Lines of the log that report a fault or a reset of the sensor. */
  readonly faults: readonly string[];
}

interface Mark {
  readonly ms: number;
  readonly frames: number;
  readonly losses: number;
  readonly line: number;
}

export class StreamedUpdate {
  readonly camera: VirtualCamera;
  readonly image: Buffer;
  /** Board times of the images, in milliseconds. */
  readonly arrivals: number[] = [];
  /** Texts of the updating client, and the start of the latest chunk that was requested. */
  readonly results: string[] = [];
  requested = -1;
  /** The client answers no further request. */
  silent = false;
  readonly #options: StreamedUpdateOptions;
  readonly watching: Connection;
  readonly updating: Connection;
  #latest = -1;
  #begun: Mark | undefined;
  #problem: Error | undefined;

  private constructor(
    camera: VirtualCamera,
    watching: Connection,
    updating: Connection,
    options: StreamedUpdateOptions,
  ) {
    this.camera = camera;
    this.watching = watching;
    this.updating = updating;
    this.#options = options;
    this.image = makeFirmwareImage({ version: "4.9", size: options.size });
    watching.on("image", (text) => this.#take(text));
    watching.on("close", () => undefined);
    updating.on("close", () => undefined);
    updating.on("get_fw", ({ start, length }) => this.#serve(start, length));
    updating.on("info", ({ info_string }) => this.results.push(info_string));
  }

  /** Starts a camera, runs `work`, and stops the camera. */
  static async run<T>(options: StreamedUpdateOptions, work: (update: StreamedUpdate) => Promise<T>): Promise<T> {
    const { strictness, flash = TYPICAL_FLASH } = options;
    const board: VirtualCameraOptions = { scene: "counter", speed: "stepped", readyTimeout: 60_000 };
    return withVirtualCamera({ ...board, flashTiming: flash, leptonOptions: { strictness } }, async (camera) => {
      await camera.advance(SETTLED);
      const update = new StreamedUpdate(camera, await openUnlimited(camera), await openUnlimited(camera), options);
      await update.#open();
      try {
        return await work(update);
      } finally {
        update.watching.close();
        update.updating.close();
      }
    });
  }

  async #open(): Promise<void> {
    await this.watching.call("stream_on", { delay_msec: 0, num_frames: 0 });
    await this.pass(500);
  }

  /** Requests the update and presses the button. */
  async begin(): Promise<void> {
    await this.updating.call("fw_update_request", { length: this.image.length, version: "4.9" });
    void this.camera.board.press(200);
    await this.until(() => this.requested >= 0, 5_000);
  }

  /** Lets board time pass, and both clients take what comes. */
  async pass(ms: number): Promise<void> {
    const { clock } = this.camera.board;
    for (const end = clock.now() + ms * 1000; clock.now() < end;) await this.#step();
  }

  /** @param limit in milliseconds of board time @throws Error after it, or for a wrong picture */
  async until(holds: () => boolean, limit = RESULT_LIMIT): Promise<void> {
    const { clock } = this.camera.board;
    for (const end = clock.now() + limit * 1000; !holds();) {
      if (clock.now() >= end) throw new Error(`not within ${limit} ms; the log ends with\n${this.#tail()}`);
      await this.#step();
    }
  }

  /** To the result. */
  async finish(): Promise<Figures> {
    await this.until(() => this.results.length > 0);
    return this.figures();
  }

  /** Since the first chunk's request. */
  figures(): Figures {
    const begun = this.#begun as Mark;
    const now = this.#mark();
    const times = this.arrivals.filter((time) => time >= begun.ms);
    const gaps = [...times, now.ms].map((time, i) => time - (times[i - 1] ?? begun.ms));
    return {
      frames: now.frames - begun.frames,
      received: times.length,
      gap: Math.max(...gaps),
      duration: now.ms - begun.ms,
      syncLosses: now.losses - begun.losses,
      faults: this.camera.log
        .filter(({ number }) => number > begun.line)
        .filter(({ part, text }) => FAULT.test(`${part}: ${text}`))
        .map(({ text }) => text),
    };
  }

  #mark(): Mark {
    const { board } = this.camera;
    const { frames, syncLosses } = board.lepton.state();
    return { ms: board.clock.now() / 1000, frames, losses: syncLosses, line: this.camera.log.at(-1)?.number ?? 0 };
  }

  async #step(): Promise<void> {
    await this.camera.advance(STEP);
    this.#options.onStep?.(this);
    if (this.#problem) throw this.#problem;
  }

  #take(text: string): void {
    const { clock } = this.camera.board;
    try {
      const image = new ThermalImage(text);
      wholeFrame(image);
      const number = frameCounter(image);
      if (number <= this.#latest) throw new Error(`frame ${number} after ${this.#latest}`);
      this.#latest = number;
      this.arrivals.push(clock.now() / 1000);
    } catch (error) {
      this.#problem ??= error as Error;
    }
  }

  #serve(start: number, length: number): void {
    const { clock } = this.camera.board;
    this.requested = start;
    this.#begun ??= this.#mark();
    if (this.silent) return;
    const data = this.image.subarray(start, start + length).toString("base64");
    clock.alarm(clock.now() + 1000 * (this.#options.transport ?? 0), () => {
      if (this.updating.open) this.updating.send("fw_segment", { start, length, data });
    });
  }

  #tail(): string {
    return this.camera.log
      .slice(-15)
      .map(({ part, text }) => `  ${part}: ${text}`)
      .join("\n");
  }
}
