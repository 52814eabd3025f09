// SPDX-License-Identifier: Apache-2.0
import type { TimerHandle, Timers } from "drivers/timers/timers";
import type { Context } from "modules/context/context";
import { Emitter } from "modules/events/emitter";
import type { Log } from "modules/log/log";
import {
  CHUNK_BYTES,
  CommandError,
  UPDATE_SUCCESS,
  type UpdateClient,
  type UpdateService,
} from "modules/protocol/services";
import { Fault, type FaultSink } from "modules/status/fault";
import type { Firmware } from "./firmware";
import { ImageCheck } from "./image-check";
import { HEADER_LENGTH, readImageHeader } from "./image-header";
import { SIGNATURE_LENGTH, type SignatureCheck } from "./signature";
import { type SlotFlash, SlotWriter, type Video } from "./slot-writer";
import type { Notices } from "./notices";
import { inactive } from "./slots";

/** The project name in the application descriptor. The original firmware refuses other names, and so does this one. */
export const PROJECT = "tCamMini";
/** Timeout in ms for the button. */
export const BUTTON_TIMEOUT = 60_000;
/** Timeout in ms for a chunk, after which it is requested again. */
export const CHUNK_TIMEOUT = 10_000;
/** Requests per chunk. */
export const ATTEMPTS = 6;
/** ms between the success message and the restart, so that the message is sent. */
export const RESTART_DELAY = 500;
/** ms for which the fault of a failed update is shown. Its cause ends with the update, but a person must see it. */
export const FAULT_SHOWN = 60_000;

/** The code-6 texts that clients know. Each update ends with exactly one. */
export const Verdict = Object.freeze(
  {
    Success: UPDATE_SUCCESS,
    RequestTimeout: "Firmware update request timed out",
    HostSilent: "Host did not respond to multiple chunk requests",
    Invalid: "Firmware update validation failed",
    WriteFailed: "Firmware update flash update failed",
    OpenFailed: "Firmware update flash init failed",
    Aborted: "Firmware update terminated by user",
  } as const,
  true,
);
type Verdict = (typeof Verdict)[keyof typeof Verdict];

/** Stage of an update, for the LED. */
export type UpdateStage = "none" | "requested" | "running";

/** The video that an update pauses, and writes of flash between its pauses. */
export interface UpdateVideo extends Video {
  /** Runs work that writes flash outside the slot, apart from the pauses. */
  writeFlash<T>(work: () => Promise<T>): Promise<T>;
}

export interface UpdateOptions {
  system: UpdateSystem;
  video: UpdateVideo;
  /** A check of an image that arrives. */
  openCheck(): Pick<ImageCheck, "take" | "length">;
  timers: Timers;
  log: Log;
  faults: FaultSink;
  notices: Notices;
  /** The running image has not passed its trial: an update would overwrite the image to roll back to. */
  onTrial(): boolean;
  /** Present if a public key is built in. */
  checkSignature?: SignatureCheck | undefined;
}

export interface UpdateEvents {
  stage: [stage: UpdateStage];
}

/** The part of platform/system that an update needs. */
export interface UpdateSystem {
  readonly info: { readonly partition: string; readonly version: string };
  /** Throws if there is no inactive slot. */
  openSlot(): SlotFlash;
  /** Makes the valid image in this partition that of the next start. */
  select(partition: string): Promise<void>;
  restart(): void;
}

interface Job {
  readonly client: UpdateClient;
  readonly length: number;
  readonly version: string;
  stage: "requested" | "receiving" | "checking" | "restarting";
  writer: SlotWriter | undefined;
  /** Of the image from its first chunk on. */
  readonly check: Pick<ImageCheck, "take" | "length">;
  /** Start of the requested chunk. */
  expected: number;
  attempts: number;
  /** A chunk is being written: the next one is requested afterwards. */
  writing: boolean;
  timer: TimerHandle | undefined;
}

/**
 * An over-the-air update: a client announces a firmware image, a person presses the button, the camera fetches the
 * image in chunks into the inactive slot, verifies it, and restarts into it. A failure before the last step leaves the
 * running image unchanged. There is at most one update at a time; it belongs to the client that requested it.
 */
export class Update extends Emitter<UpdateEvents> implements UpdateService {
  private job: Job | undefined;
  private faultTimer: TimerHandle | undefined;

  /** @param trial of the running image */
  static open(
    context: Context,
    firmware: Firmware<UpdateSystem, unknown>,
    trial: { readonly running: boolean },
    video: UpdateVideo,
  ): Update {
    const openCheck = (): ImageCheck => new ImageCheck();
    return new Update({ ...context.part("update"), ...firmware, video, openCheck, onTrial: () => trial.running });
  }

  constructor(private readonly options: UpdateOptions) {
    super();
  }

  /**
   * @throws CommandError if the image does not fit its slot, or another client's update is in progress.
   * A second request of the same client ends its first one.
   */
  async request(client: UpdateClient, length: number, version: string): Promise<void> {
    const reason = this.refusal(client, length);
    if (reason !== undefined) throw new CommandError(reason);
    if (this.job) this.drop(this.job);
    this.clearFault();
    const job: Job = {
      client,
      length,
      version,
      stage: "requested",
      writer: undefined,
      check: this.options.openCheck(),
      expected: 0,
      attempts: 0,
      writing: false,
      timer: undefined,
    };
    this.job = job;
    this.wait(job, BUTTON_TIMEOUT, () => this.end(job, Verdict.RequestTimeout));
    this.options.log.info(`update to ${version} (${length} bytes) requested: waiting for the button`);
    this.emit("stage", "requested");
  }

  private refusal(client: UpdateClient, length: number): string | undefined {
    if (this.job?.stage === "restarting") return "the camera is about to restart";
    if (this.job && this.job.client !== client) return "another client's update is under way";
    if (this.options.onTrial()) return "the running firmware is still on trial";
    if (length < HEADER_LENGTH) return `a length of ${length} bytes is too small for a firmware image`;
    const size = this.slotSize();
    return size !== undefined && length > size ? `${length} bytes do not fit the slot's ${size}` : undefined;
  }

  /** Size of the slot in bytes. Undefined if it cannot be opened: begin() reports that. */
  private slotSize(): number | undefined {
    try {
      const slot = this.options.system.openSlot();
      try {
        return slot.size;
      } finally {
        slot.close();
      }
    } catch {
      return undefined;
    }
  }

  /** A short press of the button: starts an update that waits for it, ends one that is running. */
  button(): void {
    const job = this.job;
    if (job?.stage === "requested") this.begin(job);
    else if (job && job.stage !== "restarting") this.end(job, Verdict.Aborted);
  }

  /**
   * Ignores a chunk that was not requested (from another client, repeated, early). Requests one of another length
   * again.
   */
  chunk(client: UpdateClient, start: number, data: Uint8Array): void {
    const job = this.job;
    if (!job || job.client !== client || job.stage !== "receiving" || job.writing || start !== job.expected) return;
    const wanted = this.chunkLength(job);
    if (data.byteLength === wanted) void this.take(job, data);
    else {
      this.options.log.warn(`chunk at ${start}: expected ${wanted} bytes, got ${data.byteLength}; retry`);
      this.ask(job);
    }
  }

  gone(client: UpdateClient): void {
    if (this.job?.client !== client || this.job.stage === "restarting") return;
    this.options.log.warn("update ended: its client disconnected");
    this.drop(this.job);
    this.emit("stage", "none");
  }

  get notice(): string | undefined {
    return this.options.notices.notice;
  }

  private begin(job: Job): void {
    try {
      job.writer = new SlotWriter(this.options.system.openSlot(), this.options.video, this.options.timers);
    } catch (error) {
      this.end(job, Verdict.OpenFailed, String(error));
      return;
    }
    if (job.length > job.writer.size) {
      this.end(job, Verdict.OpenFailed, `${job.length} bytes do not fit the slot's ${job.writer.size}`);
      return;
    }
    job.stage = "receiving";
    const { notices, video } = this.options;
    if (notices.notice !== undefined) void video.writeFlash(async () => notices.clear());
    this.options.log.info("button pressed: update begins");
    this.emit("stage", "running");
    this.ask(job);
  }

  private chunkLength(job: Job): number {
    return Math.min(CHUNK_BYTES, job.length - job.expected);
  }

  private ask(job: Job): void {
    if (job.attempts === ATTEMPTS) {
      this.end(job, Verdict.HostSilent);
      return;
    }
    job.attempts++;
    this.wait(job, CHUNK_TIMEOUT, () => this.ask(job));
    job.client.requestChunk(job.expected, this.chunkLength(job));
  }

  private async take(job: Job, data: Uint8Array): Promise<void> {
    this.options.timers.clear(job.timer);
    const problem = job.expected === 0 ? this.headerProblem(job, data) : undefined;
    if (problem !== undefined) {
      this.end(job, Verdict.Invalid, problem);
      return;
    }
    job.writing = true;
    job.check.take(data);
    try {
      await job.writer?.write(data, job.expected);
    } catch (error) {
      this.end(job, Verdict.WriteFailed, String(error));
      return;
    }
    job.writing = false;
    if (this.job !== job) return;
    job.expected += data.byteLength;
    job.attempts = 0;
    if (job.expected < job.length) this.ask(job);
    else await this.finish(job);
  }

  private headerProblem(job: Job, data: Uint8Array): string | undefined {
    const header = readImageHeader(data);
    if (typeof header === "string") return header;
    if (header.project !== PROJECT) return `the image is of project "${header.project}"`;
    if (header.version !== job.version) return `the image is version ${header.version}, not ${job.version}`;
    return undefined;
  }

  /** The whole image is in flash: makes it the boot image if it is what was announced. */
  private async finish(job: Job): Promise<void> {
    job.stage = "checking";
    job.writer?.close();
    const partition = inactive(this.options.system.info.partition);
    const problem = await this.imageProblem(job, partition).catch(String);
    if (this.job !== job) return;
    if (problem !== undefined) {
      this.end(job, Verdict.Invalid, problem);
      return;
    }
    await this.options.video.writeFlash(() => this.install(job, partition));
  }

  /** Selects the valid image for the next start. */
  private async install(job: Job, partition: string): Promise<void> {
    if (this.job !== job) return;
    // From here on the update cannot be ended: the next start may be that of the new image.
    job.stage = "restarting";
    try {
      this.options.notices.expect(job.version);
      await this.options.system.select(partition);
    } catch (error) {
      this.options.notices.forget();
      this.end(job, Verdict.Invalid, String(error));
      return;
    }
    this.options.log.info(`update to ${job.version} is complete in ${partition}: restarting`);
    job.client.report(Verdict.Success);
    this.emit("stage", "none");
    this.wait(job, RESTART_DELAY, () => this.options.system.restart());
  }

  private async imageProblem(job: Job, partition: string): Promise<string | undefined> {
    const { length } = job.check;
    if (length === 0) return "the image is not whole, or its checksum or SHA-256 does not match";
    // A signature may follow the image, whether this build requires one or not.
    if (length !== job.length && length + SIGNATURE_LENGTH !== job.length)
      return `the image has ${length} bytes, ${job.length} were announced`;
    return this.options.checkSignature?.(partition, length);
  }

  private wait(job: Job, delay: number, callback: () => void): void {
    this.options.timers.clear(job.timer);
    job.timer = this.options.timers.set(callback, delay);
  }

  /** @param reason set if the camera, not a person or the client, caused the failure: fault 8 is then shown, too. */
  private end(job: Job, verdict: Verdict, reason?: string): void {
    if (this.job !== job) return;
    this.drop(job);
    this.options.log.warn(reason === undefined ? verdict : `${verdict}: ${reason}`);
    job.client.report(verdict);
    if (reason !== undefined) this.showFault(reason);
    this.emit("stage", "none");
  }

  private drop(job: Job): void {
    this.options.timers.clear(job.timer);
    job.writer?.close();
    this.job = undefined;
  }

  private showFault(reason: string): void {
    this.options.faults.raise(Fault.Update, reason);
    this.faultTimer = this.options.timers.set(() => this.clearFault(), FAULT_SHOWN);
  }

  private clearFault(): void {
    this.options.timers.clear(this.faultTimer);
    this.faultTimer = undefined;
    this.options.faults.clear(Fault.Update);
  }
}
