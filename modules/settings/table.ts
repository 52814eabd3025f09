// SPDX-License-Identifier: Apache-2.0
import { parseAddress } from "modules/text/ipv4";
import { utf8Length } from "modules/text/utf8";
import { isWpaKey } from "modules/text/wpa";

/** Bits of `flags` that are stored. The others report the current state. */
export const FLAG_CLIENT = 0x80;
export const FLAG_STATIC = 0x10;
export const FLAG_ENABLED = 0x01;
export const FLAGS_STORED = FLAG_CLIENT | FLAG_STATIC | FLAG_ENABLED;

/** The stored settings of the sensor. */
export interface CameraConfig {
  agc_enabled: 0 | 1;
  /** Percent, 1–100. */
  emissivity: number;
  /** 0 high, 1 low, 2 auto. */
  gain_mode: 0 | 1 | 2;
}

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

/** Type, range, default and description of one setting. Text lengths are bytes of UTF-8. */
export type Setting = { readonly about: string } & (
  | { readonly type: "integer"; readonly min: number; readonly max: number; readonly default: number }
  | { readonly type: "bits"; readonly mask: number; readonly default: number }
  | {
      readonly type: "text";
      readonly min: number;
      readonly max: number;
      /** Also accepts "". */
      readonly orEmpty?: true;
      /** Also accepts 64 hexadecimal digits, a WPA2 key. */
      readonly orKey?: true;
      readonly default: string;
    }
  | { readonly type: "address"; readonly orEmpty?: true; readonly default: string }
);

/** The rows of a group. A group is stored as a whole. */
export type SettingsTable<T> = Readonly<Record<keyof T & string, Setting>>;

/** The settings that get_config answers, in its order, and that set_config takes. */
export const CAMERA_SETTINGS = Object.freeze(
  {
    agc_enabled: {
      type: "integer",
      min: 0,
      max: 1,
      default: 0,
      about: "1: AGC (8-bit pixels), 0: radiometric pixels.",
    },
    emissivity: { type: "integer", min: 1, max: 100, default: 100, about: "Percent." },
    gain_mode: { type: "integer", min: 0, max: 2, default: 0, about: "0 high, 1 low, 2 automatic." },
  } as const,
  true,
) satisfies SettingsTable<CameraConfig>;

/** A WPA2 passphrase (IEEE 802.11, J.4.1); an empty one means an open network. */
const PASSWORD = { type: "text", min: 8, max: 63, orEmpty: true, default: "" } as const;

/** The settings that set_wifi takes. The default of `ap_ssid` is the camera's name. */
export const WIFI_SETTINGS = Object.freeze(
  {
    ap_ssid: {
      type: "text",
      min: 1,
      max: 32,
      default: "",
      about: "Name of the camera's own network, and of the camera.",
    },
    ap_pw: { ...PASSWORD, about: "Password of the camera's own network; empty: none." },
    ap_ip_addr: { type: "address", default: "192.168.4.1", about: "The camera's address in its own network." },
    flags: {
      type: "bits",
      mask: FLAGS_STORED,
      default: FLAG_ENABLED,
      about: "Bits 7 (client), 4 (static address), 0 (enabled); others are ignored.",
    },
    sta_ssid: { type: "text", min: 0, max: 32, default: "", about: "Network to join as a client." },
    sta_pw: {
      ...PASSWORD,
      // The driver's field for the access point's password is too short for a key (`wifi_ap_config_t`).
      orKey: true,
      about: "Password of the network to join, or its WPA2 key in hexadecimal; empty: none.",
    },
    sta_ip_addr: { type: "address", default: "192.168.4.2", about: "Static address as a client." },
    sta_netmask: { type: "address", default: "255.255.255.0", about: "Netmask of the static address." },
  } as const,
  true,
) satisfies SettingsTable<Omit<WifiSettings, "sta_gateway">>;

/** @param cameraName the camera's default name, derived from its MAC address */
export const wifiTable = (cameraName: string): SettingsTable<WifiSettings> => ({
  ...WIFI_SETTINGS,
  ap_ssid: { ...WIFI_SETTINGS.ap_ssid, default: cameraName },
  sta_gateway: { type: "address", orEmpty: true, default: "", about: "Gateway; empty: the network's first address." },
});

export const defaultsOf = <T>(table: SettingsTable<T>): T =>
  Object.fromEntries(Object.entries<Setting>(table).map(([key, setting]) => [key, setting.default])) as T;

/** The problem with a value, without the value itself (it may be a password), or undefined. */
export const problem = (setting: Setting, value: unknown): string | undefined => {
  if (setting.type !== "integer" && setting.type !== "bits" && setting.orEmpty && value === "") return undefined;
  switch (setting.type) {
    case "integer":
      return isInteger(value) && value >= setting.min && value <= setting.max
        ? undefined
        : `must be ${setting.min} to ${setting.max}`;
    case "bits":
      return isInteger(value) && (value & setting.mask) === value ? undefined : `must be bits of ${setting.mask}`;
    case "text":
      return isText(value, setting.min, setting.max) || (setting.orKey && isKey(value))
        ? undefined
        : `must be ${setting.min} to ${setting.max} bytes${setting.orKey ? ", or 64 hexadecimal digits" : ""}${setting.orEmpty ? ", or empty" : ""}`;
    case "address":
      return isAddress(value) ? undefined : "must be an IPv4 address";
  }
};

const isInteger = (value: unknown): value is number => Number.isInteger(value);

const isText = (value: unknown, min: number, max: number): boolean => {
  if (typeof value !== "string") return false;
  const length = utf8Length(value, max);
  return length !== undefined && length >= min && length <= max;
};

const isKey = (value: unknown): boolean => typeof value === "string" && isWpaKey(value);

const isAddress = (value: unknown): boolean => typeof value === "string" && parseAddress(value) !== undefined;
