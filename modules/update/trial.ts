// SPDX-License-Identifier: Apache-2.0
import type { Timers } from "drivers/timers/timers";
import type { Log } from "modules/log/log";
import type { Notices } from "./notices";
import type { SignatureCheck } from "./signature";

/** ms without a crash that end a trial, and after which earlier crashes no longer count. */
export const TRIAL_TIME = 60_000;
export const CRASH_WINDOW = 120_000;
/** Crashes in a row, each within CRASH_WINDOW of its start, after which the other image is tried. */
export const CRASH_LIMIT = 3;
/** ms in which sensor and network must have come up; a trial that has not passed by then restarts into the previous image. */
export const SELF_TEST_TIME = 300_000;

/** What of platform/system the trial needs. */
export interface TrialSystem {
  readonly info: {
    readonly partition: string;
    readonly version: string;
    readonly trial: boolean;
    readonly crashes: number;
  };
  image(partition: string): { version: string; project: string; length: number; valid: boolean } | undefined;
  boot(partition: string): void;
  restart(): void;
  markValid(): void;
  clearCrashes(): void;
}

export interface TrialPorts {
  system: TrialSystem;
  timers: Timers;
  log: Log;
  notices: Notices;
  /** Where a public key is built in: an image that was refused by an update must not come in through a crash. */
  checkSignature?: SignatureCheck | undefined;
}

/**
 * Decides whether the running image stays. A new image is on trial: it is kept when the sensor delivered a good frame or
 * is known to be absent, the network came up as configured, and it ran for a minute or answered a status request. An image
 * that keeps crashing gives way to the other one.
 */
export class Trial {
  private sensor = false;
  private network = false;
  private proof = false;
  private onTrial: boolean;

  constructor(private readonly ports: TrialPorts) {
    this.onTrial = ports.system.info.trial;
  }

  /**
   * Call first of all at start.
   * @param onStay called (at once, unless the image keeps crashing) when the running image goes on; else the device
   * restarts into the other one
   */
  start(onStay: () => void): void {
    const stay = (): void => {
      this.stay();
      onStay();
    };
    if (this.ports.system.info.crashes < CRASH_LIMIT) stay();
    else void this.giveWay().then((gone) => gone || stay());
  }

  private stay(): void {
    const { system, log, timers } = this.ports;
    this.settlePending();
    timers.set(() => system.clearCrashes(), CRASH_WINDOW);
    if (!this.onTrial) return;
    log.info(`version ${system.info.version} runs on trial`);
    timers.set(() => this.prove(), TRIAL_TIME);
    timers.set(() => this.fail(), SELF_TEST_TIME);
  }

  /** The running image has not proved itself yet. */
  get running(): boolean {
    return this.onTrial;
  }

  /** A good frame came, or the sensor is known to be absent. */
  sensorKnown(): void {
    this.sensor = true;
    this.judge();
  }

  /** The network is up as configured (or is configured to be off). */
  networkUp(): void {
    this.network = true;
    this.judge();
  }

  /** A client's status request was answered: the camera can be reached, and so be updated again. */
  prove(): void {
    this.proof = true;
    this.judge();
  }

  private judge(): void {
    if (!this.onTrial || !this.sensor || !this.network || !this.proof) return;
    this.onTrial = false;
    this.ports.system.markValid();
    this.ports.notices.forget();
    this.ports.log.info(`version ${this.ports.system.info.version} passed its trial and stays`);
  }

  private fail(): void {
    if (!this.onTrial) return;
    const missing = [!this.sensor && "the sensor", !this.network && "the network"].filter(Boolean).join(" and ");
    this.ports.log.error(`trial failed: ${missing} did not come up; restarting into the previous image`);
    this.ports.system.restart();
  }

  /** A version was expected after an update, and this is not it: the bootloader went back. */
  private settlePending(): void {
    const { notices, system, log } = this.ports;
    const expected = notices.expected;
    if (expected === undefined || this.onTrial) return;
    notices.forget();
    if (expected === system.info.version) return;
    log.warn(`version ${expected} failed its trial; back to ${system.info.version}`);
    notices.post(`Firmware update to ${expected} was rolled back, running ${system.info.version}`);
  }

  private async giveWay(): Promise<boolean> {
    const { system, log, notices } = this.ports;
    const { partition, version, crashes } = system.info;
    system.clearCrashes();
    for (const other of ["ota_0", "ota_1", "factory"]) {
      if (other === partition || !(await this.mayStart(other))) continue;
      log.error(`${crashes} crashes in a row: starting ${other} instead of ${partition}`);
      notices.post(`Firmware ${version} kept crashing, running the image in ${other}`);
      system.boot(other);
      system.restart();
      return true;
    }
    log.error(`${crashes} crashes in a row, and no other valid image to start`);
    return false;
  }

  private async mayStart(partition: string): Promise<boolean> {
    const { system, log, checkSignature } = this.ports;
    const image = system.image(partition);
    if (!image?.valid) return false;
    // What is in "factory" came by cable.
    if (!checkSignature || partition === "factory") return true;
    const problem = await checkSignature(partition, image.length).catch(String);
    if (problem !== undefined) log.warn(`${partition}: ${problem}`);
    return problem === undefined;
  }
}
