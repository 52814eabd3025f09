// SPDX-License-Identifier: Apache-2.0
/** The numbers of the protocol in words (docs/protocol.md, "Values"). */
import { record } from "./connection";
import { ProtocolError } from "./messages";

const Flag = { Client: 0x80, Static: 0x10, Connected: 0x08, Started: 0x04, Initialised: 0x02, Enabled: 0x01 } as const;
/** The flags that a camera stores; the others report its state. */
const STORED = Flag.Client | Flag.Static | Flag.Enabled;

const LEPTONS = ["Lepton 3.5", "Lepton 3.0", "Lepton 3.1R", "unknown Lepton"];
const GAINS = ["high", "low", "automatic"];
const OVER_THE_AIR = 1 << 18;

/**
 * `Model` of a status.
 * @param version the camera's: the original's 3.x has the interface in other bits than 2.x; this firmware follows 2.x
 */
export function modelInWords(model: number, version: string): string {
  const lepton = LEPTONS[(model >> 8) & 3];
  const way = version.startsWith("3.") ? interfaceOf3(model) : ["", "", "WiFi", "hardware interface"][model & 0xff];
  const update = (model & OVER_THE_AIR) !== 0 ? "updates over the air" : "";
  return [lepton, way, update].filter(Boolean).join(", ");
}

function interfaceOf3(model: number): string {
  return ["WiFi", "hardware interface", "Ethernet"][(model >> 12) & 3] ?? "";
}

/** `gain_mode` of a configuration. */
export function gainInWords(mode: number): string {
  return GAINS[mode] ?? "unknown";
}

/** `flags` of the network's settings. */
export function flagsInWords(flags: number): string {
  const state = [
    (flags & Flag.Client) !== 0 ? "client of a network" : "access point",
    (flags & Flag.Static) !== 0 && "static address",
    (flags & Flag.Enabled) !== 0 ? "enabled" : "WiFi off",
    (flags & Flag.Initialised) !== 0 && "initialised",
    (flags & Flag.Started) !== 0 && "started",
    (flags & Flag.Connected) !== 0 && "connected",
  ];
  return state.filter(Boolean).join(", ");
}

export interface FlagChange {
  /** Undefined: keep the stored ones. */
  readonly flags: number | undefined;
  /** Turn WiFi off. */
  readonly off: boolean;
}

/** The flags to send, or undefined for no change. @param current the camera's flags */
export function flagsToSend({ flags, off }: FlagChange, current: number): number | undefined {
  if (off) return (flags ?? current & STORED) & ~Flag.Enabled;
  return flags === undefined ? undefined : flags | Flag.Enabled;
}

/** The network settings of `get_wifi`, and a changed password. */
export interface Wifi {
  readonly flags: number;
  readonly ap_ssid: string;
  readonly ap_ip_addr: string;
  readonly ap_pw?: string | undefined;
  readonly sta_ssid: string;
  readonly sta_ip_addr: string;
  readonly sta_netmask: string;
}

/** @param value of `wifi` in an answer @throws ProtocolError */
export function readWifi(value: unknown): Wifi {
  const fields = record(value, "wifi");
  if (typeof fields["flags"] !== "number") throw new ProtocolError("the camera's wifi has no flags");
  const text = (key: string): string => String(fields[key] ?? "");
  return {
    flags: fields["flags"],
    ap_ssid: text("ap_ssid"),
    ap_ip_addr: text("ap_ip_addr"),
    sta_ssid: text("sta_ssid"),
    sta_ip_addr: text("sta_ip_addr"),
    sta_netmask: text("sta_netmask"),
  };
}

/** Describes the network that a camera sets up with these settings. */
export function networkInWords(wifi: Wifi): string {
  const { flags, ap_ssid, ap_ip_addr, ap_pw, sta_ssid, sta_ip_addr, sta_netmask } = wifi;
  if ((flags & Flag.Enabled) === 0) return "its WiFi goes off: only its button, held for 5 s, brings it back";
  if ((flags & Flag.Client) !== 0) {
    const address =
      (flags & Flag.Static) !== 0 ? `at ${sta_ip_addr}, mask ${sta_netmask}` : "with an address from its DHCP server";
    return `it joins the network "${sta_ssid}" ${address}`;
  }
  const protection = ap_pw === undefined ? "" : ap_pw === "" ? ", open to everyone" : ", with the new password";
  return `it opens its own network "${ap_ssid}" at ${ap_ip_addr}${protection}`;
}
