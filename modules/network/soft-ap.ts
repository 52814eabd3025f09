// SPDX-License-Identifier: Apache-2.0
import type { TimerHandle } from "drivers/timers/timers";
import { messageOf } from "modules/log/log";
import { BackOff, type WifiRole, type WifiRoleOptions } from "./wifi-role";
import type { AccessPoint, AccessPointConstructor, AccessPointSettings } from "./io";

/** The driver needs a fraction of a second: an access point that is not up after this time has failed. */
const START_TIMEOUT = 5_000;

/** The camera as an access point. A failed start is retried without limit, with back-off. */
export class SoftAP implements WifiRole {
  private readonly io: AccessPointConstructor;
  private readonly settings: AccessPointSettings;
  private readonly environment: WifiRoleOptions;
  private readonly backOff = new BackOff();
  private accessPoint: AccessPoint | undefined;
  private up = false;
  private stations = 0;
  private timer: TimerHandle | undefined;

  constructor(io: AccessPointConstructor, settings: AccessPointSettings, environment: WifiRoleOptions) {
    this.io = io;
    this.settings = settings;
    this.environment = environment;
  }

  get initialized(): boolean {
    return this.accessPoint !== undefined;
  }

  get started(): boolean {
    return this.up;
  }

  get joined(): boolean {
    return this.up && this.stations > 0;
  }

  get address(): string | undefined {
    return this.up ? this.settings.address : undefined;
  }

  start(): void {
    this.after(START_TIMEOUT, () => this.failed(`it is not up after ${START_TIMEOUT / 1_000} s`));
    try {
      let accessPoint: AccessPoint | undefined = undefined;
      accessPoint = new this.io({ onChanged: () => this.evaluate(accessPoint) });
      this.accessPoint = accessPoint;
      accessPoint.start(this.settings);
    } catch (error) {
      this.failed(messageOf(error));
      return;
    }
    this.evaluate(this.accessPoint);
  }

  stop(): void {
    this.environment.timers.clear(this.timer);
    this.timer = undefined;
    this.up = false;
    this.stations = 0;
    this.release();
  }

  private evaluate(accessPoint: AccessPoint | undefined): void {
    if (accessPoint === undefined || accessPoint !== this.accessPoint) return;
    const { active, stations } = accessPoint;
    if (this.up && !active) {
      this.failed("it went down");
      return;
    }
    if (active === this.up && stations === this.stations) return;
    if (active && !this.up) this.cameUp();
    if (stations !== this.stations) this.environment.log.info(`stations joined: ${stations}`);
    this.up = active;
    this.stations = stations;
    this.environment.onChanged();
  }

  private cameUp(): void {
    const { ssid, address, password } = this.settings;
    this.environment.timers.clear(this.timer);
    this.timer = undefined;
    this.backOff.reset();
    this.environment.onRadio(undefined);
    this.environment.log.info(`access point "${ssid}" is up at ${address}, ${password ? "WPA2" : "open"}`);
  }

  private failed(why: string): void {
    const wasUp = this.up;
    this.stop();
    const delay = this.backOff.next();
    const reason = `the access point could not be set up: ${why}`;
    this.environment.log.warn(`${reason}; retry in ${delay / 1_000} s`);
    this.environment.onRadio(reason);
    this.after(delay, () => this.start());
    if (wasUp) this.environment.onChanged();
  }

  private after(delay: number, callback: () => void): void {
    this.environment.timers.clear(this.timer);
    this.timer = this.environment.timers.set(callback, delay);
  }

  private release(): void {
    const accessPoint = this.accessPoint;
    this.accessPoint = undefined;
    // Closes the driver even if stopping fails: the next role needs the radio.
    for (const step of ["stop", "close"] as const) {
      try {
        accessPoint?.[step]();
      } catch (error) {
        this.environment.log.warn(`access point: ${step} failed: ${messageOf(error)}; ignored`);
      }
    }
  }
}
