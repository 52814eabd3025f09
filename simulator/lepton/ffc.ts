// SPDX-License-Identifier: Apache-2.0

import type { Settings } from "./settings";
import type { Thermal } from "./thermal";

/** FFC states as telemetry and SYS FFC State carry them. */
export const FFC_STATE = { NEVER: 0, IMMINENT: 1, IN_PROGRESS: 2, COMPLETE: 3 } as const;
export type FfcState = (typeof FFC_STATE)[keyof typeof FFC_STATE];

/** Shutter modes (IDD 4.5.16). */
export const SHUTTER_MODE = { MANUAL: 0, AUTO: 1, EXTERNAL: 2 } as const;

/** Length of an FFC in frames at 26 Hz (IDD 4.5.16: nominal 23). */
const FFC_FRAMES = 23;

/**
 * The flat-field correction's state machine, stepped once per frame at 26 Hz.
 * never → in progress at start-up; then desired → imminent → in progress → complete; a command goes straight to in progress.
 */
export class Ffc {
  state: FfcState = FFC_STATE.NEVER;
  desired = true;
  /** FFCs completed since reset. */
  count = 0;
  /** Uptime and temperatures at the end of the last FFC. */
  lastMs = 0;
  lastFpaKelvin = 0;
  lastHousingKelvin = 0;
  /** The temperature is outside the shutter's range: no FFC. */
  lockedOut = false;
  /** Called when the shutter closes: a desired gain change takes effect. */
  onBegin: (() => void) | undefined;
  onComplete: (() => void) | undefined;
  private framesLeft = 0;

  constructor(
    private readonly settings: Settings,
    private readonly thermal: Thermal,
    private readonly startupMs: number,
  ) {}

  reset(): void {
    this.state = FFC_STATE.NEVER;
    this.desired = true;
    this.count = 0;
    this.lastMs = 0;
    this.lastFpaKelvin = 0;
    this.lastHousingKelvin = 0;
    this.lockedOut = false;
    this.framesLeft = 0;
  }

  get inProgress(): boolean {
    return this.state === FFC_STATE.IN_PROGRESS;
  }

  /** Begins an FFC from any state. @returns false when the shutter is locked out */
  begin(): boolean {
    if (this.lockedOut) return false;
    if (this.inProgress) return true;
    this.state = FFC_STATE.IN_PROGRESS;
    this.framesLeft = FFC_FRAMES;
    this.onBegin?.();
    return true;
  }

  /** Sets the desired flag, as a gain change does. */
  require(): void {
    this.desired = true;
  }

  /** Advances by one frame at 26 Hz. @param uptimeMs milliseconds since reset */
  step(uptimeMs: number): void {
    if (this.inProgress) {
      this.framesLeft -= 1;
      if (this.framesLeft <= 0) this.complete(uptimeMs);
      return;
    }
    this.desired = this.desired || this.isDue(uptimeMs);
    if (this.settings.ffcMode !== SHUTTER_MODE.AUTO || this.lockedOut || !this.desired) {
      if (this.state === FFC_STATE.IMMINENT) this.state = this.count > 0 ? FFC_STATE.COMPLETE : FFC_STATE.NEVER;
      return;
    }
    switch (this.state) {
      case FFC_STATE.NEVER:
        // At start-up there is no warning (Engineering Datasheet, FFC states).
        if (uptimeMs >= this.startupMs) this.begin();
        break;
      case FFC_STATE.IMMINENT:
        this.framesLeft -= 1;
        if (this.framesLeft <= 0) this.begin();
        break;
      case FFC_STATE.COMPLETE:
        this.state = FFC_STATE.IMMINENT;
        this.framesLeft = this.settings.ffcImminentDelay;
        break;
      case FFC_STATE.IN_PROGRESS:
        break;
    }
  }

  private isDue(uptimeMs: number): boolean {
    if (this.count === 0) return this.state !== FFC_STATE.COMPLETE;
    const { ffcPeriodMs, ffcTempDelta } = this.settings;
    if (ffcPeriodMs > 0 && uptimeMs - this.lastMs >= ffcPeriodMs) return true;
    return ffcTempDelta > 0 && Math.abs(this.thermal.fpaKelvin - this.lastFpaKelvin) * 100 > ffcTempDelta;
  }

  private complete(uptimeMs: number): void {
    this.state = FFC_STATE.COMPLETE;
    this.desired = false;
    this.count += 1;
    this.lastMs = uptimeMs;
    this.lastFpaKelvin = this.thermal.fpaKelvin;
    this.lastHousingKelvin = this.thermal.housingKelvin;
    this.onComplete?.();
  }
}
