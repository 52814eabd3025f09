// SPDX-License-Identifier: Apache-2.0
/**
 * Reads the settings of the original tCam-Mini firmware in NVS namespace `storage`: a camera updated over the air to
 * this firmware keeps its name, its network and its picture settings. They are never written, so that the camera can go
 * back to the original.
 */
import { readKey, type ReadableStore } from "./store";
import { FLAGS_STORED } from "./table";

export const ORIGINAL_NAMESPACE = "storage";

type Values = Readonly<Record<string, unknown>>;

/** `lep_state`: flags (bit 0 AGC), emissivity, gain mode; one byte each. */
const CAMERA_KEY = "lep_state";
const CAMERA_LENGTH = 3;

/**
 * `wifi_info`: two SSIDs, two passwords, flags, three addresses. Version 3.1 extended the passwords from 33 to 64
 * bytes.
 */
const WIFI_KEY = "wifi_info";
const SSID_LENGTH = 33;
const PASSWORD_LENGTHS: Readonly<Record<number, number>> = Object.freeze({ 145: 33, 207: 64 });

/** Reads from a namespace opened in format "buffer". Throws if the settings exist and cannot be read. */
export const originalCamera = (store: ReadableStore): Values | undefined => {
  const bytes = readBlob(store, CAMERA_KEY);
  if (bytes?.length !== CAMERA_LENGTH) return undefined;
  const [flags = 0, emissivity, gain_mode] = bytes;
  return { agc_enabled: flags & 1, emissivity, gain_mode };
};

/** Like originalCamera. */
export const originalWifi = (store: ReadableStore): Values | undefined => {
  const bytes = readBlob(store, WIFI_KEY);
  const passwordLength = bytes && PASSWORD_LENGTHS[bytes.length];
  if (!bytes || passwordLength === undefined) return undefined;
  let offset = 0;
  const take = (length: number): Uint8Array => bytes.subarray(offset, (offset += length));
  const ap_ssid = textOf(take(SSID_LENGTH));
  const sta_ssid = textOf(take(SSID_LENGTH));
  const ap_pw = textOf(take(passwordLength));
  const sta_pw = textOf(take(passwordLength));
  const flags = (take(1)[0] ?? 0) & FLAGS_STORED;
  const ap_ip_addr = addressOf(take(4));
  const sta_ip_addr = addressOf(take(4));
  const sta_netmask = addressOf(take(4));
  return { ap_ssid, ap_pw, ap_ip_addr, sta_ssid, sta_pw, sta_ip_addr, sta_netmask, sta_gateway: "", flags };
};

const readBlob = (store: ReadableStore, key: string): Uint8Array | undefined => {
  const found = readKey(store, key);
  return found !== "another type" && found.value instanceof ArrayBuffer ? new Uint8Array(found.value) : undefined;
};

/** UTF-8 text up to the first NUL; undefined if it is invalid. */
const textOf = (bytes: Uint8Array): string | undefined => {
  const end = bytes.indexOf(0);
  const used = end < 0 ? bytes : bytes.subarray(0, end);
  try {
    return decodeURIComponent(Array.from(used, (byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""));
  } catch {
    return undefined;
  }
};

/** The last byte is the address's first octet. */
const addressOf = (bytes: Uint8Array): string => Array.from(bytes).reverse().join(".");
