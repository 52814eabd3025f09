// SPDX-License-Identifier: Apache-2.0
import type { TimerHandle } from "drivers/timers/timers";
import { messageOf } from "modules/log/log";
import { parseAddress } from "modules/text/ipv4";
import { BackOff, type WifiRole, type WifiRoleOptions } from "./wifi-role";
import type { WiFi, WiFiConstructor } from "./io";

/** Timeout of an attempt. Associating takes seconds. */
const JOIN_TIMEOUT = 15_000;
/**
 * Time without an address after which the station leaves the network and joins again. DHCP itself keeps retrying until
 * then.
 */
const ADDRESS_TIMEOUT = 60_000;
/** Poll interval of a joined station: the SDK's driver does not report a renewed address, and an event may be lost. */
const WATCH_INTERVAL = 5_000;

const CONNECTING = 300;
const ASSOCIATED = 400;

export interface StationSettings {
  ssid: string;
  /**
   * A passphrase, or 64 hexadecimal digits: the key itself (the driver distinguishes them by length). Empty: open
   * network.
   */
  password: string;
  /** Host name for DHCP. */
  hostname: string;
  /** Undefined: DHCP. */
  fixed: { address: string; mask: string; gateway: string } | undefined;
}

type Phase = "stopped" | "joining" | "addressing" | "joined" | "waiting";

/**
 * The camera as a client of a WiFi network. It retries without limit when it could not join or lost the network: first
 * after half a second, then with back-off up to 16 s.
 */
export class Station implements WifiRole {
  private readonly io: WiFiConstructor;
  private readonly settings: StationSettings;
  private readonly environment: WifiRoleOptions;
  private readonly backOff = new BackOff();
  private wifi: WiFi | undefined;
  private phase: Phase = "stopped";
  private presentAddress: string | undefined;
  /** Runs during a back-off, or as the timeout of an attempt. */
  private timer: TimerHandle | undefined;
  private watch: TimerHandle | undefined;

  constructor(io: WiFiConstructor, settings: StationSettings, environment: WifiRoleOptions) {
    this.io = io;
    this.settings = settings;
    this.environment = environment;
  }

  get initialized(): boolean {
    return this.wifi !== undefined;
  }

  get started(): boolean {
    return this.wifi !== undefined && this.phase !== "stopped";
  }

  get joined(): boolean {
    return this.presentAddress !== undefined;
  }

  get address(): string | undefined {
    return this.presentAddress;
  }

  start(): void {
    this.open();
  }

  stop(): void {
    this.phase = "stopped";
    this.clear();
    this.presentAddress = undefined;
    this.release();
  }

  /** Sets up the driver and makes the first attempt. */
  private open(): void {
    const { ssid, hostname, fixed } = this.settings;
    try {
      let wifi: WiFi | undefined = undefined;
      wifi = new this.io({ onChanged: () => this.evaluate(wifi) });
      this.wifi = wifi;
      wifi.configure({ hostname, static: fixed ?? false });
    } catch (error) {
      this.release();
      const reason = `the WiFi station could not be set up: ${messageOf(error)}`;
      this.environment.onRadio(reason);
      this.retryLater(reason);
      return;
    }
    this.environment.onRadio(undefined);
    this.environment.log.info(`joining "${ssid}" ${fixed ? `as ${fixed.address}` : "with DHCP"}`);
    this.join();
  }

  private join(): void {
    const wifi = this.wifi;
    if (!wifi) return;
    const { ssid, password } = this.settings;
    this.phase = "joining";
    this.after(JOIN_TIMEOUT, () => this.giveUp(`no answer from "${ssid}" in ${JOIN_TIMEOUT / 1_000} s`));
    this.watch ??= this.environment.timers.repeat(() => this.evaluate(this.wifi), WATCH_INTERVAL);
    try {
      wifi.connect(password === "" ? { SSID: ssid } : { SSID: ssid, password });
    } catch (error) {
      this.giveUp(`"${ssid}" could not be asked: ${messageOf(error)}`);
    }
  }

  /** Compares the driver's state with the last known one. */
  private evaluate(wifi: WiFi | undefined): void {
    // A callback may come from inside the constructor, or late from a closed driver.
    if (wifi === undefined || wifi !== this.wifi || this.phase === "stopped") return;
    const { connection } = wifi;
    if (connection >= ASSOCIATED) {
      const address = ipv4(wifi.address);
      if (address === undefined) this.associated();
      else this.gotAddress(address);
    } else if (this.phase === "waiting" || (connection >= CONNECTING && this.phase === "joining")) {
      return;
    } else {
      this.lost();
    }
  }

  private associated(): void {
    if (this.phase === "addressing") return;
    const { ssid } = this.settings;
    const { log } = this.environment;
    if (this.phase === "joined") log.warn(`address on "${ssid}" lost; waiting for a new one`);
    else log.info(`associated with "${ssid}", waiting for an address`);
    this.phase = "addressing";
    this.after(ADDRESS_TIMEOUT, () => this.giveUp(`no address on "${ssid}" in ${ADDRESS_TIMEOUT / 1_000} s`));
    this.setAddress(undefined);
  }

  private gotAddress(address: string): void {
    if (this.phase === "joined" && address === this.presentAddress) return;
    this.phase = "joined";
    this.backOff.reset();
    this.environment.timers.clear(this.timer);
    this.timer = undefined;
    this.environment.log.info(`on "${this.settings.ssid}" as ${address}, signal ${this.wifi?.RSSI ?? "unknown"} dBm`);
    this.setAddress(address);
  }

  private lost(): void {
    const { ssid } = this.settings;
    switch (this.phase) {
      case "joined":
        return this.retryLater(`"${ssid}" is lost`);
      case "addressing":
        return this.retryLater(`"${ssid}" is lost before it gave an address`);
      case "joining":
        return this.retryLater(`"${ssid}" could not be joined: out of range, or the password is not right`);
      case "waiting":
      case "stopped":
    }
  }

  /** Ends an attempt that has failed or timed out. */
  private giveUp(reason: string): void {
    // Set first, because the driver may call back at once.
    this.phase = "waiting";
    try {
      this.wifi?.disconnect();
    } catch (error) {
      this.environment.log.debug(`disconnect: ${messageOf(error)}`);
    }
    this.retryLater(reason);
  }

  private retryLater(reason: string): void {
    const delay = this.backOff.next();
    this.phase = "waiting";
    this.environment.log.warn(`${reason}; retry in ${delay / 1_000} s`);
    this.after(delay, () => (this.wifi ? this.join() : this.open()));
    this.setAddress(undefined);
  }

  private setAddress(address: string | undefined): void {
    if (address === this.presentAddress) return;
    this.presentAddress = address;
    this.environment.onChanged();
  }

  private after(delay: number, callback: () => void): void {
    this.environment.timers.clear(this.timer);
    this.timer = this.environment.timers.set(callback, delay);
  }

  private clear(): void {
    this.environment.timers.clear(this.timer);
    this.environment.timers.clear(this.watch);
    this.timer = this.watch = undefined;
  }

  private release(): void {
    const wifi = this.wifi;
    this.wifi = undefined;
    // Closes the driver even if leaving fails: the next role needs the radio.
    for (const step of ["disconnect", "close"] as const) {
      try {
        wifi?.[step]();
      } catch (error) {
        this.environment.log.warn(`WiFi station: ${step} failed: ${messageOf(error)}; ignored`);
      }
    }
  }
}

/** The address if it is a usable IPv4 one: before that, the SDK's driver reports the IPv6 link-local address. */
const ipv4 = (address: string | undefined): string | undefined =>
  address !== undefined && parseAddress(address) ? address : undefined;
