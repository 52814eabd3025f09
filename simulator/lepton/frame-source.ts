// SPDX-License-Identifier: Apache-2.0

import type { FaultSwitches } from "./faults";
import { SHUTTER_MODE } from "./ffc";
import { GAIN_MODE } from "./gain";
import { VIDEO_SOURCE } from "./imager";
import type { Scene } from "./scene/scene";
import { SEGMENTS_PER_FRAME } from "./segments";
import type { Segments, TelemetryLocation } from "./segments";
import { Telemetry, type TelemetryParts } from "./telemetry";
import type { VoSPI } from "./vospi";

/** Frames at 26 Hz from over-temperature to shutdown: about 10 s (IDD 4.5.14). */
const SHUTDOWN_FRAMES = 270;
/** Segments in a frame of the 26 Hz rate, in which the part counts an FFC. */
const SEGMENTS_PER_INNER_FRAME = 4;
const SHUTTER_CLOSED = 2;

/** The parts that a frame is made from. */
export interface FrameSourceParts extends TelemetryParts {
  readonly faults: FaultSwitches;
  readonly segments: Segments;
  readonly vospi: VoSPI;
}

/** Decides for each segment which frame VoSPI carries and whether it is valid, and does the work between frames. */
export class FrameSource {
  /** Unique frames and segments since reset. */
  frames = 0;
  segmentCount = 0;
  overTemperature = false;
  shutdownFrames = SHUTDOWN_FRAMES;
  averagingFrames = 0;
  private readonly telemetry: Telemetry;
  private location: TelemetryLocation = "none";
  private valid = false;
  private poweredAt = 0;
  private blackoutUntil = 0;
  private shutterFailed = false;

  constructor(
    private readonly parts: FrameSourceParts,
    private readonly repeatFrozen: boolean,
  ) {
    this.telemetry = new Telemetry(parts);
    parts.imager.onDeveloped = (): void => this.telemetry.fillMeasured();
    parts.segments.onEncode = (): void => parts.imager.develop();
    parts.ffc.onBegin = (): void => this.shutterCloses();
    parts.ffc.onComplete = (): void => parts.imager.afterFfc(this.shutterFailed);
  }

  /** Rows A to D of the frame's telemetry. */
  get telemetryWords(): Uint16Array {
    return this.telemetry.words;
  }

  reset(time: number, poweredAt: number): void {
    this.frames = 0;
    this.segmentCount = 0;
    this.overTemperature = false;
    this.shutdownFrames = SHUTDOWN_FRAMES;
    this.averagingFrames = 0;
    this.valid = false;
    this.poweredAt = poweredAt;
    this.blackoutUntil = time;
    this.location = "none";
    this.parts.segments.load(this.parts.imager.words, this.telemetry.words, "none");
  }

  /**
   * Makes the next segment available.
   * @param slot 0 … 11 in the frame
   * @param time board time, in microseconds
   * @param releasedAt board time of the release of reset, in microseconds
   */
  segment(scene: Scene, slot: number, time: number, releasedAt: number): void {
    const { faults, vospi } = this.parts;
    const uptimeMs = Math.floor((time - releasedAt) / 1000);
    this.segmentCount += 1;
    if (slot % SEGMENTS_PER_INNER_FRAME === 0) this.innerFrame(time, uptimeMs);
    if (slot === 0) this.frame(scene, time, uptimeMs);
    if (faults.any) {
      if (faults.strikes("lostSync")) vospi.lose("fault");
      if (faults.strikes("stuckDiscards")) vospi.stick();
    }
    vospi.latch(slot % SEGMENTS_PER_FRAME, this.numberOf(slot), time);
  }

  /** The segment `slot` of this frame as it will come while no fault is on; valid until the next call. */
  foresee(slot: number): Buffer {
    return this.parts.segments.get(slot % SEGMENTS_PER_FRAME, this.numberOf(slot));
  }

  private numberOf(slot: number): number {
    const { faults } = this.parts;
    if (!this.valid || slot >= SEGMENTS_PER_FRAME) return 0;
    if (!faults.any) return slot + 1;
    if (faults.strikes("segmentZero") || faults.strikes("needsReboot")) return 0;
    if (!faults.strikes("wrongSegment")) return slot + 1;
    const wanted = faults.value("wrongSegment");
    // One of the other three.
    return wanted > 0 ? wanted : ((slot + 1 + faults.below(SEGMENTS_PER_FRAME - 1)) % SEGMENTS_PER_FRAME) + 1;
  }

  /** Advances by one frame of the part's inner 26 Hz rate. */
  private innerFrame(time: number, uptimeMs: number): void {
    const { thermal, ffc, settings } = this.parts;
    thermal.update((time - this.poweredAt) / 1e6);
    ffc.step(uptimeMs);
    if (this.averagingFrames > 0) this.averagingFrames -= 1;
    if (this.overTemperature && settings.thermalShutdownEnable === 1) this.shutdownFrames -= 1;
    else this.shutdownFrames = SHUTDOWN_FRAMES;
  }

  /** Begins a new frame of twelve segments. */
  private frame(scene: Scene, time: number, uptimeMs: number): void {
    const { faults, ffc, settings, imager } = this.parts;
    this.overTemperature = faults.strikes("thermalShutdown");
    ffc.lockedOut = faults.strikes("shutterLockout");
    if (faults.strikes("ffcBlackout")) this.blackoutUntil = time + faults.value("ffcBlackout") * 1000;
    const frozenByFfc = ffc.inProgress && settings.ffcFreeze === 1;
    const repeat = settings.videoFreeze === 1 || (frozenByFfc && this.repeatFrozen);
    const dark = time < this.blackoutUntil || settings.videoOutputEnable === 0 || (frozenByFfc && !this.repeatFrozen);
    this.relocate(time);
    // Before the first frame there is nothing to repeat.
    this.valid = !dark && (!repeat || this.frames > 0);
    if (!this.valid) return;
    if (!repeat) this.capture(scene, time, uptimeMs);
    this.telemetry.fill(uptimeMs, this.frames, this.overTemperature);
    this.parts.segments.load(imager.words, this.telemetry.words, this.location);
    this.followGain();
  }

  private capture(scene: Scene, time: number, uptimeMs: number): void {
    const { faults, ffc, gain, settings, imager } = this.parts;
    if (settings.tlinearAutoResolution === 1) settings.tlinearResolution = gain.low ? 0 : 1;
    this.frames += 1;
    const closed = (ffc.inProgress && !this.shutterFailed) || settings.shutterPosition === SHUTTER_CLOSED;
    imager.expose(scene, time, uptimeMs / 1000, this.frames, closed);
    if (scene.kind === "thermal" && !closed) {
      if (settings.gainMode === GAIN_MODE.AUTO) imager.develop();
      gain.evaluate(imager.counts);
    }
    if (!faults.any) return;
    imager.develop();
    if (faults.strikes("overclock")) imager.pattern(VIDEO_SOURCE.RAMP);
    if (faults.strikes("zeroPixels")) imager.words.fill(0, 0, faults.value("zeroPixels"));
  }

  /** Applies telemetry on, off or moved at the start of a frame; a changed packet count requires a resync. */
  private relocate(time: number): void {
    const { settings, segments, vospi, imager } = this.parts;
    const location = settings.telemetryEnable === 0 ? "none" : settings.telemetryLocation === 0 ? "header" : "footer";
    if (location === this.location) return;
    this.location = location;
    const packets = segments.packetsPerSegment;
    segments.load(imager.words, this.telemetry.words, location);
    if (segments.packetsPerSegment !== packets) vospi.resized(time);
  }

  /** A gain change requires an FFC: at once in automatic mode, by command in manual mode. */
  private followGain(): void {
    const { ffc, gain, settings } = this.parts;
    if (!gain.desired || settings.gainMode !== GAIN_MODE.AUTO) return;
    ffc.require();
    if (settings.ffcMode === SHUTTER_MODE.AUTO) ffc.begin();
  }

  private shutterCloses(): void {
    const { faults, gain, settings } = this.parts;
    // Without a shutter the correction sees the scene.
    this.shutterFailed = faults.strikes("shutterFailure") || settings.ffcMode === SHUTTER_MODE.EXTERNAL;
    gain.applyDesired();
  }
}
