// SPDX-License-Identifier: Apache-2.0
import type { Stall, VoSPIStatistics } from "drivers/vospi/vospi";
import { Lepton } from "drivers/lepton/lepton";
import { Camera, type CameraStore } from "modules/camera/camera";
import type { FrameCapture, FrameCaptureCallbacks } from "modules/camera/sensor";
import type { CameraConfig } from "modules/protocol/services";
import { CAMERA_SETTINGS, defaultsOf } from "modules/settings/table";
import { type Fault, faultName, type FaultSink } from "modules/status/fault";
import { FakeFrame, type FrameFacts } from "./fake-frame";
import { FakeLepton } from "./fake-lepton";
import { recordingLog } from "./log";
import { VirtualTimers } from "./virtual-timers";

export const FRAME_PERIOD = 114;

function noStatistics(): VoSPIStatistics {
  return {
    ...{ vsyncs: 0, frames: 0, segments: 0, emptySegments: 0, discards: 0, zeroPackets: 0, crcErrors: 0 },
    ...{ sequenceErrors: 0, brokenSegments: 0, segmentErrors: 0, gaps: 0, telemetryErrors: 0, repeatedFrames: 0 },
    ...{ rejectedFrames: 0, overruns: 0, resyncs: 0 },
  };
}

/** Delivers the frames that a test makes while capture runs. */
export class FakeVoSPI implements FrameCapture {
  readonly #callbacks: FrameCaptureCallbacks;
  running = false;
  starts = 0;
  /** Pauses that were not resumed. */
  pauses = 0;
  readonly statistics = noStatistics();
  #waiting: FakeFrame | undefined;

  constructor(callbacks: FrameCaptureCallbacks) {
    this.#callbacks = callbacks;
  }
  start(): void {
    this.running = true;
    this.starts += 1;
  }
  stop(): void {
    this.running = false;
  }
  pause(): Promise<void> {
    this.pauses += 1;
    return Promise.resolve();
  }
  resume(): void {
    this.pauses -= 1;
  }
  get resyncs(): number {
    return this.statistics.resyncs;
  }
  read(): FakeFrame | undefined {
    const frame = this.#waiting;
    this.#waiting = undefined;
    return frame;
  }
  stall(stall: Stall): void {
    if (this.running) this.#callbacks.onStall(stall);
  }
  deliver(frame: FakeFrame): void {
    if (!this.running) {
      frame.close();
      return;
    }
    this.#waiting?.close();
    this.#waiting = frame;
    this.#callbacks.onReadable();
  }
}

/** The raised faults, and every raise and clear in order. */
class FakeFaults implements FaultSink {
  readonly raised = new Set<Fault>();
  readonly events: string[] = [];
  raise(fault: Fault): void {
    if (!this.raised.has(fault)) this.events.push(`+${faultName(fault)}`);
    this.raised.add(fault);
  }
  clear(fault: Fault): void {
    if (this.raised.delete(fault)) this.events.push(`-${faultName(fault)}`);
  }
}

export class FakeStore implements CameraStore {
  values = defaultsOf<CameraConfig>(CAMERA_SETTINGS);
  writes = 0;
  full = false;
  read(): CameraConfig {
    return { ...this.values };
  }
  write(change: Partial<CameraConfig>): void {
    if (this.full) throw new Error("camera: could not be stored: no space");
    this.writes += 1;
    this.values = { ...this.values, ...change };
  }
}

/** The camera with a register-level Lepton in virtual time. */
export class CameraBench {
  readonly timers = new VirtualTimers();
  readonly part: FakeLepton;
  readonly faults = new FakeFaults();
  readonly store = new FakeStore();
  readonly frames: FakeFrame[] = [];
  /** Times of the reset line's release. */
  readonly resets: number[] = [];
  readonly camera: Camera;
  readonly lines: string[];
  vospi: FakeVoSPI | undefined;
  /** Number of failures of the next attempts to open the I2C bus. */
  i2cFailures = 0;
  /** While set, opening VoSPI throws this message. */
  spiError: string | undefined;
  #resetAt = 0;
  #inReset = false;
  #booted = 0;

  constructor(partNumber?: string, stored: Partial<CameraConfig> = {}, resetLine = true, poweredAt?: number) {
    this.part = new FakeLepton(this.timers, partNumber);
    this.store.values = { ...this.store.values, ...stored };
    const { log, lines } = recordingLog(() => this.timers.now());
    this.lines = lines;
    this.camera = new Camera({
      openLepton: () => {
        if (this.i2cFailures > 0) {
          this.i2cFailures -= 1;
          throw new Error("can't create bus");
        }
        return new Lepton({ sensor: { data: 23, clock: 22, hz: 100_000, io: this.part.io }, timers: this.timers });
      },
      openVoSPI: (callbacks) => {
        if (this.spiError) throw new Error(this.spiError);
        return (this.vospi = new FakeVoSPI(callbacks));
      },
      reset: resetLine ? { write: (level) => this.#reset(level) } : undefined,
      poweredAt,
      timers: this.timers,
      log,
      faults: this.faults,
      store: this.store,
    });
  }

  /** VoSPI, which must be open. */
  get capture(): FakeVoSPI {
    if (!this.vospi) throw new Error("VoSPI is not open");
    return this.vospi;
  }

  /** Starts the camera and waits until frames are captured. */
  async start(): Promise<this> {
    this.camera.start();
    await this.timers.advance(1500);
    if (!this.vospi?.running) throw new Error(`the camera has not started:\n${this.lines.join("\n")}`);
    return this;
  }

  /** Waits for one frame period and delivers a frame captured at its end. */
  async frame(facts: FrameFacts = {}): Promise<FakeFrame> {
    await this.timers.advance(FRAME_PERIOD);
    const frame = new FakeFrame({
      captured: this.timers.now(),
      sequence: this.frames.length + 1,
      counter: this.timers.now() - this.#booted,
      agc: this.part.attribute(0x0100)[0] === 1,
      tlinear: this.part.attribute(0x4ec0)[0] === 1,
      ...facts,
    });
    this.frames.push(frame);
    if (this.vospi) this.vospi.deliver(frame);
    else frame.close();
    return frame;
  }

  /** Frames that are not closed. */
  get held(): FakeFrame[] {
    return this.frames.filter(({ closed }) => closed === 0);
  }

  #reset(level: 0 | 1): void {
    if (level === 1) {
      this.#inReset = true;
      this.#resetAt = this.timers.now();
    } else if (this.#inReset) {
      this.#inReset = false;
      if (this.timers.now() - this.#resetAt < 10) this.part.violations.push("reset pulse too short");
      this.resets.push(this.timers.now());
      this.#booted = this.timers.now();
      this.part.reset();
    }
  }
}
