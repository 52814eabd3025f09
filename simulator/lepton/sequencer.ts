// SPDX-License-Identifier: Apache-2.0

import type { AlarmHandle, Clock } from "./clock";
import type { Sequencer } from "./vospi";

/** Time from one segment, and one VSYNC, to the next: 105.30 Hz as measured on a real part (the datasheet says about 106). */
const SEGMENT_PERIOD_US = 9496.936;
/** Segments from one unique frame to the next: four numbered, eight invalid. */
const SLOTS = 12;
/** Unit of the VSYNC phase delay (IDD 4.7.16). */
const PHASE_US = 500;

/** Phase and callbacks of the segment clock. */
export interface SegmentClockOptions {
  /** A segment becomes available. `slot` counts 0 … 11; `time` is board time in microseconds. */
  onSegment(slot: number, time: number): void;
  /** VSYNC rises, if it is enabled. */
  onVsync(time: number): void;
  /** −3 … 3 lines. */
  readonly vsyncPhase: number;
}

/** The imager's clock: segments and VSYNC at a fixed rate. */
export class SegmentClock implements Sequencer {
  nextTick = Infinity;
  private origin = 0;
  /** The next segment to make, and the next one whose alarm rings: a transfer can need a segment ahead of the clock. */
  private index = 0;
  private alarmIndex = 0;
  private alarm: AlarmHandle | undefined;
  private vsyncAlarm: AlarmHandle | undefined;
  private vsyncTime = 0;
  private readonly ring = (): void => this.onAlarm();
  private readonly ringVsync = (): void => this.options.onVsync(this.vsyncTime);

  constructor(
    private readonly clock: Clock,
    private readonly options: SegmentClockOptions,
  ) {}

  /** The first segment becomes available at `time`. */
  start(time: number): void {
    this.stop();
    this.origin = time;
    this.index = 0;
    this.alarmIndex = 0;
    this.nextTick = time;
    this.alarm = this.clock.alarm(time, this.ring);
  }

  stop(): void {
    if (this.alarm !== undefined) this.clock.cancel(this.alarm);
    if (this.vsyncAlarm !== undefined) this.clock.cancel(this.vsyncAlarm);
    this.alarm = undefined;
    this.vsyncAlarm = undefined;
    this.nextTick = Infinity;
  }

  /** Rings at the next segment. */
  get nextAlarm(): AlarmHandle | undefined {
    return this.alarm;
  }

  /**
   * Calls `each` for the segments still to come in this frame.
   * @returns when the next frame begins; undefined when that cannot be foreseen
   */
  restOfFrame(each: (slot: number, time: number) => void): number | undefined {
    if (this.alarm === undefined || this.index !== this.alarmIndex || this.options.vsyncPhase !== 0) return undefined;
    let { index } = this;
    for (; index % SLOTS !== 0; index++) each(index % SLOTS, this.timeOf(index));
    return this.timeOf(index);
  }

  /** Makes all segments that are due at `time`, in microseconds. */
  runTo(time: number): void {
    while (this.nextTick <= time) {
      const slot = this.index % SLOTS;
      const at = this.nextTick;
      this.index += 1;
      this.nextTick = this.timeOf(this.index);
      this.options.onSegment(slot, at);
    }
  }

  /** Whole microseconds, rounded from the origin so that errors do not accumulate. */
  private timeOf(index: number): number {
    return this.origin + Math.round(index * SEGMENT_PERIOD_US);
  }

  private onAlarm(): void {
    const time = this.timeOf(this.alarmIndex);
    this.alarmIndex += 1;
    this.alarm = undefined;
    this.runTo(time);
    // The part may have reset or stopped itself at this tick.
    if (this.nextTick === Infinity || this.alarm !== undefined) return;
    const next = this.timeOf(this.alarmIndex);
    this.alarm = this.clock.alarm(next, this.ring);
    const phase = this.options.vsyncPhase;
    if (phase === 0) this.options.onVsync(time);
    else {
      this.vsyncTime = (phase > 0 ? time : next) + phase * PHASE_US;
      this.vsyncAlarm = this.clock.alarm(this.vsyncTime, this.ringVsync);
    }
  }
}
