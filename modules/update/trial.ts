// SPDX-License-Identifier: Apache-2.0
import type { Timers } from "drivers/timers/timers";
import type { Context } from "modules/context/context";
import type { Observable } from "modules/events/emitter";
import { messageOf, type Log } from "modules/log/log";
import type { Firmware } from "./firmware";
import type { Notices } from "./notices";
import type { SignatureCheck } from "./signature";

/** ms without a crash that end a trial, and after which earlier crashes no longer count. */
export const TRIAL_TIME = 60_000;
export const CRASH_WINDOW = 120_000;
/** Crashes in a row, each within CRASH_WINDOW of its start, after which the other image is started. */
const CRASH_LIMIT = 3;
/**
 * Timeout in ms for sensor and network to come up. A trial that has not passed by then restarts into the previous
 * image.
 */
export const SELF_TEST_TIME = 300_000;

/** The part of platform/system that the trial needs. */
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

export interface TrialOptions {
  system: TrialSystem;
  timers: Timers;
  log: Log;
  notices: Notices;
  /** Present if a public key is built in: an image that an update refused must not be started after crashes either. */
  checkSignature?: SignatureCheck | undefined;
}

/**
 * Decides whether the running image stays. A new image is on trial. It stays when the sensor has delivered a good frame
 * or is known to be absent, the network has come up as configured, and the image has run for a minute or answered a
 * status request. An image that keeps crashing is replaced by the other one.
 */
export class Trial {
  private sensor = false;
  private network = false;
  private proof = false;
  private onTrial: boolean;

  static open(context: Context, firmware: Firmware<TrialSystem, unknown>): Trial {
    return new Trial({ ...context.part("update"), ...firmware });
  }

  constructor(private readonly options: TrialOptions) {
    this.onTrial = options.system.info.trial;
  }

  /**
   * Must be the first call at start.
   * @param onStay called when the running image goes on: at once, unless the image keeps crashing; otherwise the device
   * restarts into the other image
   */
  start(onStay: () => void): void {
    const stay = (): void => {
      this.stay();
      onStay();
    };
    if (this.options.system.info.crashes < CRASH_LIMIT) stay();
    else void this.giveWay().then((gone) => gone || stay());
  }

  private stay(): void {
    const { system, log, timers } = this.options;
    this.settlePending();
    timers.set(() => system.clearCrashes(), CRASH_WINDOW);
    if (!this.onTrial) return;
    log.info(`version ${system.info.version} runs on trial`);
    timers.set(() => this.prove(), TRIAL_TIME);
    timers.set(() => this.fail(), SELF_TEST_TIME);
  }

  /** Watches the parts that decide the trial. A missing sensor does not fail it. */
  watch(
    camera: Observable<{ firstFrame: []; fault: [] }>,
    clients: Observable<{ up: [] }>,
    commands: Observable<{ answered: [command: string] }>,
  ): void {
    camera.on("firstFrame", () => this.sensorKnown());
    camera.on("fault", () => this.sensorKnown());
    clients.on("up", () => this.networkUp());
    commands.on("answered", (command) => {
      if (command === "get_status") this.prove();
    });
  }

  /** The running image has not passed its trial yet. */
  get running(): boolean {
    return this.onTrial;
  }

  /** A good frame was received, or the sensor is known to be absent. */
  sensorKnown(): void {
    this.sensor = true;
    this.judge();
  }

  /** The network is up as configured (or is configured to be off). */
  networkUp(): void {
    this.network = true;
    this.judge();
  }

  /** A client's status request was answered: the camera can be reached, and so can be updated again. */
  prove(): void {
    this.proof = true;
    this.judge();
  }

  private judge(): void {
    if (!this.onTrial || !this.sensor || !this.network || !this.proof) return;
    this.onTrial = false;
    this.options.system.markValid();
    this.options.notices.forget();
    this.options.log.info(`version ${this.options.system.info.version} passed its trial and stays`);
  }

  private fail(): void {
    if (!this.onTrial) return;
    const missing = [!this.sensor && "the sensor", !this.network && "the network"].filter(Boolean).join(" and ");
    this.options.log.error(`trial failed: ${missing} did not come up; restarting into the previous image`);
    this.options.system.restart();
  }

  /** If an update installed another version than the running one, the bootloader has rolled back. */
  private settlePending(): void {
    const { notices, system, log } = this.options;
    const expected = notices.expected;
    if (expected === undefined || this.onTrial) return;
    if (expected !== system.info.version) {
      log.warn(`version ${expected} failed its trial; back to ${system.info.version}`);
      notices.post(`Firmware update to ${expected} was rolled back, running ${system.info.version}`);
    }
    // After the notice is stored: a power cut between the two posts it again, and loses nothing.
    notices.forget();
  }

  private async giveWay(): Promise<boolean> {
    const { system, log, notices } = this.options;
    const { partition, version, crashes } = system.info;
    system.clearCrashes();
    for (const other of ["ota_0", "ota_1", "factory"]) {
      if (other === partition || !(await this.mayStart(other))) continue;
      log.error(`${crashes} crashes in a row: starting ${other} instead of ${partition}`);
      try {
        system.boot(other);
      } catch (error) {
        log.error(`${other} cannot be selected: ${messageOf(error)}`);
        continue;
      }
      notices.post(`Firmware ${version} kept crashing, running the image in ${other}`);
      system.restart();
      return true;
    }
    log.error(`${crashes} crashes in a row: no other valid image to start, this one continues`);
    return false;
  }

  private async mayStart(partition: string): Promise<boolean> {
    const { system, log, checkSignature } = this.options;
    const image = system.image(partition);
    if (!image?.valid) return false;
    // The image in "factory" was installed by cable.
    if (!checkSignature || partition === "factory") return true;
    const problem = await checkSignature(partition, image.length).catch(String);
    if (problem !== undefined) log.warn(`${partition}: ${problem}`);
    return problem === undefined;
  }
}
