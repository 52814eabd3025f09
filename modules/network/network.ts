// SPDX-License-Identifier: Apache-2.0
import type { TimerHandle, Timers } from "drivers/timers/timers";
import type { Context } from "modules/context/context";
import { Emitter } from "modules/events/emitter";
import { messageOf, type Log } from "modules/log/log";
import { CommandError, type NetworkService, type WifiChange, type WifiDescription } from "modules/protocol/services";
import { FLAG_CLIENT, FLAG_ENABLED, FLAGS_STORED } from "modules/settings/settings";
import { Fault, type FaultSink } from "modules/status/fault";
import { normalizeAddress } from "modules/text/ipv4";
import type { WifiRole, WifiRoleOptions } from "./wifi-role";
import { accessPointSettings, stationSettings } from "./role-settings";
import type { AccessPointConstructor, WiFiConstructor, WifiSettings, WifiStore } from "./io";
import { SoftAP } from "./soft-ap";
import { Station } from "./station";
import { hostName } from "./name";
import { checkWifi, FLAG_CONNECTED, FLAG_INITIALIZED, FLAG_STARTED } from "./wifi-check";

export { Discovery, type DiscoveryOptions, type Place } from "./discovery";
export { cameraName } from "./name";
export type * from "./io";

/** The LED blinks fast for this long before a WiFi reset. Releasing the button does not stop it. */
export const RESET_ALERT = 3_000;
/** Pause between closing the sessions and stopping the radio, so that the sessions' last packets are sent. */
export const RESTART_DELAY = 250;
/** Pause between stopping one role and starting the next. */
export const LEAVE_DELAY = 250;
/** Interval between attempts to store a reset. */
const STORE_RETRY_DELAY = 10_000;
const NO_ADDRESS = "0.0.0.0";

export interface NetworkOptions {
  wifi: WiFiConstructor;
  accessPoint: AccessPointConstructor;
  settings: WifiStore;
  /** Settings that the button's reset restores. */
  defaults: Readonly<WifiSettings>;
  /** Maximum number of stations on the access point: the number of clients. */
  stations: number;
  timers: Timers;
  log: Log;
  faults: FaultSink;
  /** Turns modem sleep on or off, on platforms that have it. */
  powerSave?(enabled: boolean): void;
}

/** The stored settings, and the defaults that the button's reset restores. */
export interface NetworkSettings extends WifiStore {
  readonly defaults: Readonly<WifiSettings>;
}

/** The part of platform/system that the network needs. */
export interface NetworkSystem {
  readonly AccessPoint: AccessPointConstructor;
  powerSave(enabled: boolean): void;
}

export interface NetworkEvents {
  /** The address to serve on has changed; undefined: no address, sessions end now. */
  address: [address: string | undefined];
  joined: [joined: boolean];
  /** A WiFi reset has begun or ended. */
  resetting: [resetting: boolean];
}

/**
 * Manages the camera's network connection: applies the stored settings, keeps the connection up, applies set_wifi and
 * the button's reset. Without start() (hardware interface) it still answers get_wifi and stores set_wifi.
 */
export class NetworkManager extends Emitter<NetworkEvents> implements NetworkService {
  private readonly options: NetworkOptions;
  private running = false;
  private role: WifiRole | undefined;
  /** Address and `joined` as last reported. */
  private reportedAddress: string | undefined;
  private reportedJoined = false;
  private isStreaming = false;
  private restart: TimerHandle | undefined;
  private resetPhase: "none" | "alert" | "restarting" = "none";
  private alert: TimerHandle | undefined;
  /** Defaults from a reset that are not stored yet. */
  private unstored: Readonly<WifiSettings> | undefined;
  private storing: TimerHandle | undefined;
  /** Reasons for fault 2. */
  private readonly troubles: { radio?: string | undefined; storage?: string | undefined } = {};

  /** @param stations maximum number of stations on the access point */
  static open(
    context: Context,
    { wifi }: Pick<NetworkOptions, "wifi">,
    system: NetworkSystem,
    settings: NetworkSettings,
    stations: number,
  ): NetworkManager {
    return new NetworkManager({
      ...context.part("network"),
      wifi,
      accessPoint: system.AccessPoint,
      settings,
      defaults: settings.defaults,
      stations,
      powerSave: (enabled) => system.powerSave(enabled),
    });
  }

  constructor(options: NetworkOptions) {
    super();
    this.options = options;
  }

  /** WiFi is switched on in the settings. */
  get enabled(): boolean {
    return (this.settings().flags & FLAG_ENABLED) !== 0;
  }

  /** Address in use, if there is one. */
  get address(): string | undefined {
    return this.reportedAddress;
  }

  get joined(): boolean {
    return this.reportedJoined;
  }

  /** The camera's name: the SSID of its access point, also in station mode. */
  get name(): string {
    return this.settings().ap_ssid;
  }

  /** The camera's name as a host name, without a domain. */
  get hostName(): string {
    return hostName(this.name);
  }

  /** Applies the stored settings and keeps the connection up. */
  start(): void {
    if (this.running) return;
    this.running = true;
    this.begin();
  }

  /** Stops the radio and all timers. */
  close(): void {
    const { timers } = this.options;
    timers.clear(this.restart);
    timers.clear(this.alert);
    timers.clear(this.storing);
    this.restart = this.alert = this.storing = undefined;
    this.running = false;
    this.report(undefined, false);
    this.role?.stop();
    this.role = undefined;
    this.setReset("none");
  }

  /** Whether any client streams. Modem sleep reduces throughput, so it is on only without streams. */
  set streaming(streaming: boolean) {
    if (streaming === this.isStreaming) return;
    this.isStreaming = streaming;
    this.applyPowerSave();
  }

  describe(): WifiDescription {
    const settings = this.settings();
    const role = this.role;
    let flags = settings.flags & FLAGS_STORED;
    if (role?.initialized) flags |= FLAG_INITIALIZED;
    if (role?.started) flags |= FLAG_STARTED;
    if (this.reportedJoined) flags |= FLAG_CONNECTED;
    return {
      ap_ssid: settings.ap_ssid,
      sta_ssid: settings.sta_ssid,
      flags,
      ap_ip_addr: settings.ap_ip_addr,
      sta_ip_addr: settings.sta_ip_addr,
      sta_netmask: settings.sta_netmask,
      cur_ip_addr: this.reportedAddress ?? NO_ADDRESS,
    };
  }

  /** @throws CommandError when the change would make the camera unreachable, or could not be stored */
  configure(change: WifiChange): Promise<() => void> {
    try {
      this.store(change);
    } catch (error) {
      return Promise.reject(error);
    }
    return Promise.resolve(() => this.applyStored());
  }

  /** The button's long press: after the alert, stores the defaults and applies them. */
  reset(): void {
    const { timers, log } = this.options;
    if (!this.running || this.resetPhase !== "none") return;
    log.warn(`WiFi reset in ${RESET_ALERT / 1_000} s`);
    this.setReset("alert");
    this.alert = timers.set(() => this.applyDefaults(), RESET_ALERT);
  }

  private settings(): Readonly<WifiSettings> {
    return this.unstored ?? this.options.settings.read();
  }

  private store(change: WifiChange): void {
    const patch: Partial<WifiSettings> = { ...change };
    for (const key of ["ap_ip_addr", "sta_ip_addr", "sta_netmask"] as const) {
      const text = change[key];
      if (text === undefined) continue;
      const address = normalizeAddress(text);
      if (address === undefined) throw new CommandError(`${key} must be four numbers from 0 to 255`);
      patch[key] = address;
    }
    if (change.flags !== undefined) patch.flags = change.flags & FLAGS_STORED;
    const problem = checkWifi({ ...this.settings(), ...patch });
    if (problem !== undefined) throw new CommandError(problem);
    try {
      this.options.settings.write({ ...this.unstored, ...patch });
    } catch (error) {
      // The error's text contains no values, so no password.
      this.options.log.error(`set_wifi: ${messageOf(error)}`);
      throw new CommandError(error instanceof RangeError ? error.message : "the settings could not be stored");
    }
    this.stored();
  }

  private applyDefaults(): void {
    const { defaults, log } = this.options;
    this.alert = undefined;
    log.warn(`WiFi reset: access point "${defaults.ap_ssid}", open, ${defaults.ap_ip_addr}`);
    this.storeDefaults();
    this.setReset("restarting");
    this.applyStored();
  }

  /** Defaults that cannot be stored are applied anyway, and storing is retried. */
  private storeDefaults(): void {
    const { defaults, settings, timers } = this.options;
    try {
      settings.reset();
    } catch (error) {
      this.unstored = defaults;
      this.trouble("storage", `the WiFi reset could not be stored: ${messageOf(error)}`);
      timers.clear(this.storing);
      this.storing = timers.set(() => this.storeDefaults(), STORE_RETRY_DELAY);
      return;
    }
    this.stored();
  }

  private stored(): void {
    this.options.timers.clear(this.storing);
    this.storing = undefined;
    this.unstored = undefined;
    this.trouble("storage", undefined);
  }

  /** Ends the sessions, then the role, then applies the settings. */
  private applyStored(): void {
    if (!this.running) return;
    const { timers } = this.options;
    timers.clear(this.restart);
    this.restart = timers.set(() => this.leave(), RESTART_DELAY);
    this.report(undefined, false);
  }

  /** The driver needs a pause after leaving a network, or it takes the old network for the new one. */
  private leave(): void {
    const { timers } = this.options;
    this.role?.stop();
    this.role = undefined;
    this.restart = timers.set(() => this.begin(), LEAVE_DELAY);
  }

  private begin(): void {
    this.restart = undefined;
    const role = this.createRole(this.settings());
    this.role = role;
    role?.start();
    this.changed(role);
    if (this.resetPhase === "restarting") this.setReset("none");
  }

  private createRole(settings: Readonly<WifiSettings>): WifiRole | undefined {
    const { log, timers, wifi, accessPoint, defaults, stations } = this.options;
    if ((settings.flags & FLAG_ENABLED) === 0) {
      this.trouble("radio", undefined);
      log.warn("WiFi is disabled; the button's long press enables it");
      return undefined;
    }
    const environment: WifiRoleOptions = {
      timers,
      log,
      onChanged: () => this.changed(role),
      onRadio: (reason) => this.trouble("radio", reason),
    };
    const problem = checkWifi(settings);
    if (problem !== undefined) log.warn(`${problem}; using DHCP or the default address instead`);
    const { ap_ip_addr } = problem === undefined ? settings : defaults;
    const role: WifiRole =
      (settings.flags & FLAG_CLIENT) !== 0
        ? new Station(wifi, stationSettings(settings, problem === undefined), environment)
        : new SoftAP(accessPoint, accessPointSettings(settings, ap_ip_addr, stations), environment);
    return role;
  }

  /** Reports changes of the role. Reports nothing during a restart. */
  private changed(role: WifiRole | undefined): void {
    if (role !== this.role || this.restart !== undefined) return;
    this.report(role?.address, role?.joined ?? false);
  }

  private report(address: string | undefined, joined: boolean): void {
    const addressChanged = address !== this.reportedAddress;
    const joinedChanged = joined !== this.reportedJoined;
    this.reportedAddress = address;
    this.reportedJoined = joined;
    // The driver may have been set up again since modem sleep was last decided.
    if (joinedChanged && joined) this.applyPowerSave();
    if (joinedChanged) this.emit("joined", joined);
    if (addressChanged) this.emit("address", address);
  }

  private applyPowerSave(): void {
    if (!this.role?.initialized) return;
    try {
      this.options.powerSave?.(!this.isStreaming);
    } catch (error) {
      this.options.log.warn(`modem sleep not changed: ${messageOf(error)}`);
    }
  }

  private setReset(reset: "none" | "alert" | "restarting"): void {
    const was = this.resetPhase !== "none";
    this.resetPhase = reset;
    const is = reset !== "none";
    if (was !== is) this.emit("resetting", is);
  }

  /** Fault 2 has two causes here; it is cleared when both are gone. */
  private trouble(cause: "radio" | "storage", reason: string | undefined): void {
    const { faults } = this.options;
    if (this.troubles[cause] === reason) return;
    this.troubles[cause] = reason;
    const left = this.troubles.storage ?? this.troubles.radio;
    if (left === undefined) faults.clear(Fault.Storage);
    else faults.raise(Fault.Storage, left);
  }
}
