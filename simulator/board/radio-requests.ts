// SPDX-License-Identifier: Apache-2.0
/** Requests of the firmware to the radio, checked (docs/radio.md, "From the firmware"). */

import { isKey } from "./wpa2";

export interface StaticAddress {
  readonly address: string;
  readonly mask: string;
  readonly gateway: string;
}

export interface ApRequest {
  readonly ssid: string;
  readonly password: string;
  readonly channel: number;
  readonly max: number;
  readonly address: string;
  readonly mask: string;
}

export type RadioRequest =
  | { readonly do: "scan" | "disconnect" }
  | { readonly do: "connect"; readonly ssid: string; readonly password: string }
  | { readonly do: "configure"; readonly static: StaticAddress | undefined }
  | { readonly do: "access-point"; readonly start: ApRequest | undefined };

/** A request or setting of the radio is invalid. The message names the value and its range. */
export class RadioError extends Error {}

type Fields = Readonly<Record<string, unknown>>;

/** @throws RadioError */
export function parseRadioRequest(fields: Fields): RadioRequest {
  switch (fields.do) {
    case "scan":
    case "disconnect":
      return { do: fields.do };
    case "connect":
      return { do: "connect", ssid: ssidOf(fields), password: passwordOf(fields) };
    case "configure":
      return { do: "configure", static: staticOf(fields.static) };
    case "access-point":
      return { do: "access-point", start: fields.stop === true ? undefined : apOf(fields) };
    default:
      throw new RadioError("no such request");
  }
}

/** @throws RadioError */
export function ssidOf(fields: Fields): string {
  const ssid = fields.ssid;
  if (typeof ssid !== "string" || Buffer.byteLength(ssid) < 1 || Buffer.byteLength(ssid) > 32)
    throw new RadioError("the SSID must have 1 to 32 bytes");
  return ssid;
}

/** A network's password: a passphrase, its key as 64 hexadecimal digits, or empty. @throws RadioError */
export function passwordOf(fields: Fields): string {
  return checkPassword(fields.password ?? "", true);
}

function checkPassword(password: unknown, keyAllowed: boolean): string {
  if (typeof password === "string") {
    const length = Buffer.byteLength(password);
    if (length === 0 || (length >= 8 && length <= 63) || (keyAllowed && isKey(password))) return password;
  }
  const key = keyAllowed ? ", or be 64 hexadecimal digits" : "";
  throw new RadioError(`the password must have 8 to 63 bytes${key}, or none`);
}

/** @throws RadioError */
function addressOf(value: unknown, name: string): string {
  const octets = typeof value === "string" ? value.split(".") : [];
  const good = octets.length === 4 && octets.every((octet) => /^\d{1,3}$/.test(octet) && Number(octet) <= 255);
  if (typeof value !== "string" || !good) throw new RadioError(`${name} must be four octets`);
  return value;
}

/** @throws RadioError */
export function leaseOf(value: unknown): StaticAddress {
  if (typeof value !== "object" || value === null) throw new RadioError("an address, mask and gateway are needed");
  const fields = value as Fields;
  return {
    address: addressOf(fields.address, "address"),
    mask: addressOf(fields.mask, "mask"),
    gateway: addressOf(fields.gateway, "gateway"),
  };
}

/** @throws RadioError */
function wholeOf(value: unknown, name: string, low: number, high: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < low || value > high)
    throw new RadioError(`${name} must be ${low} to ${high}`);
  return value;
}

function staticOf(value: unknown): StaticAddress | undefined {
  return value === false ? undefined : leaseOf(value);
}

function apOf(fields: Fields): ApRequest {
  return {
    ssid: ssidOf(fields),
    password: checkPassword(fields.password ?? "", false),
    channel: wholeOf(fields.channel ?? 1, "channel", 1, 13),
    max: wholeOf(fields.max ?? 4, "max", 1, 10),
    address: addressOf(fields.address ?? "192.168.4.1", "address"),
    mask: addressOf(fields.mask ?? "255.255.255.0", "mask"),
  };
}

/** The address `n` after `address`, within the last octet's 1–254. */
export function addressAfter(address: string, n: number): string {
  const octets = address.split(".").map(Number);
  octets[3] = 1 + (((octets[3] as number) - 1 + n + 254) % 254);
  return octets.join(".");
}
