// SPDX-License-Identifier: Apache-2.0
import type { CameraConfig } from "modules/protocol/services";
import { parseAddress } from "modules/text/ipv4";
import { utf8Length } from "modules/text/utf8";
import { isWpaKey } from "modules/text/wpa";

/** Bits of `flags` that are stored. The others report the current state. */
export const FLAG_CLIENT = 0x80;
export const FLAG_STATIC = 0x10;
export const FLAG_ENABLED = 0x01;
export const FLAGS_STORED = FLAG_CLIENT | FLAG_STATIC | FLAG_ENABLED;

/** The stored network settings. Addresses are dotted; an empty password means none. */
export interface WifiSettings {
  ap_ssid: string;
  ap_pw: string;
  ap_ip_addr: string;
  sta_ssid: string;
  sta_pw: string;
  sta_ip_addr: string;
  sta_netmask: string;
  /** Empty: derived from the static address. */
  sta_gateway: string;
  /** Bits of FLAGS_STORED. */
  flags: number;
}

/** Type, range and default of one setting. Text lengths are bytes of UTF-8. */
export type Setting =
  | { readonly type: "integer"; readonly min: number; readonly max: number; readonly default: number }
  | { readonly type: "bits"; readonly mask: number; readonly default: number }
  | { readonly type: "text"; readonly min: number; readonly max: number; readonly default: string }
  | {
      readonly type: "password";
      readonly min: number;
      readonly max: number;
      /** Also accepts 64 hexadecimal digits, a WPA2 key. */
      readonly orKey?: true;
      readonly default: string;
    }
  | { readonly type: "address"; readonly optional?: boolean; readonly default: string };

/** Every setting that survives a restart, by group. A group is stored as a whole. */
export interface SettingsTable {
  readonly camera: Readonly<Record<keyof CameraConfig, Setting>>;
  readonly wifi: Readonly<Record<keyof WifiSettings, Setting>>;
}

const PASSWORD = Object.freeze({ type: "password", min: 8, max: 63, default: "" } as const);
/**
 * Only the station's password may be a key: the driver's field for the access point's is too short
 * (`wifi_ap_config_t`).
 */
const STATION_PASSWORD: Setting = Object.freeze({ ...PASSWORD, orKey: true } as const);

/** @param cameraName the camera's default name, which is its access point's SSID; derived from its MAC address */
export function settingsTable(cameraName: string): SettingsTable {
  return {
    camera: {
      agc_enabled: { type: "integer", min: 0, max: 1, default: 0 },
      emissivity: { type: "integer", min: 1, max: 100, default: 100 },
      gain_mode: { type: "integer", min: 0, max: 2, default: 0 },
    },
    wifi: {
      ap_ssid: { type: "text", min: 1, max: 32, default: cameraName },
      ap_pw: PASSWORD,
      ap_ip_addr: { type: "address", default: "192.168.4.1" },
      sta_ssid: { type: "text", min: 0, max: 32, default: "" },
      sta_pw: STATION_PASSWORD,
      sta_ip_addr: { type: "address", default: "192.168.4.2" },
      sta_netmask: { type: "address", default: "255.255.255.0" },
      sta_gateway: { type: "address", optional: true, default: "" },
      flags: { type: "bits", mask: FLAGS_STORED, default: FLAG_ENABLED },
    },
  };
}

/** The problem with a value, without the value itself (it may be a password), or undefined. */
export function problem(setting: Setting, value: unknown): string | undefined {
  switch (setting.type) {
    case "integer":
      return isInteger(value) && value >= setting.min && value <= setting.max
        ? undefined
        : `must be ${setting.min} to ${setting.max}`;
    case "bits":
      return isInteger(value) && (value & setting.mask) === value ? undefined : `must be bits of ${setting.mask}`;
    case "text":
      return isText(value, setting.min, setting.max) ? undefined : `must be ${setting.min} to ${setting.max} bytes`;
    case "password":
      return value === "" || isText(value, setting.min, setting.max) || (setting.orKey && isKey(value))
        ? undefined
        : `must be ${setting.min} to ${setting.max} bytes${setting.orKey ? ", or 64 hexadecimal digits" : ""}, or empty`;
    case "address":
      return isAddress(value) || (setting.optional === true && value === "") ? undefined : "must be an IPv4 address";
  }
}

function isInteger(value: unknown): value is number {
  return Number.isInteger(value);
}

function isText(value: unknown, min: number, max: number): boolean {
  if (typeof value !== "string") return false;
  const length = utf8Length(value, max);
  return length !== undefined && length >= min && length <= max;
}

function isKey(value: unknown): boolean {
  return typeof value === "string" && isWpaKey(value);
}

function isAddress(value: unknown): boolean {
  return typeof value === "string" && parseAddress(value) !== undefined;
}
