// SPDX-License-Identifier: Apache-2.0
/** Control API of the radio: networks in range, and stations that join. */
import { leaseOf, passwordOf, RadioError, ssidOf } from "../radio-requests";
import type { DhcpBehaviour, Radio, RadioNetwork, RadioStation } from "../radio";
import { Fields, InputError } from "./fields";
import type { Route } from "./route";

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;
const NETWORK_FIELDS = ["ssid", "password", "bssid", "channel", "rssi", "inRange", "refuse", "dhcp", "lease", "remove"];

export function radioRoutes(radio: Radio): [string, Route][] {
  return [
    ["/radio", { get: () => radio.describe() }],
    ["/radio/network", { post: (body) => network(radio, body) }],
    ["/radio/station", { post: (body) => station(radio, body) }],
  ];
}

function checked<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof RadioError ? new InputError(error.message) : error;
  }
}

function network(radio: Radio, body: unknown): unknown {
  const fields = new Fields(body, NETWORK_FIELDS);
  const ssid = checked(() => ssidOf({ ssid: fields.raw("ssid") }));
  if (fields.has("remove")) {
    if (!fields.boolean("remove")) throw new InputError("remove must be true, or left out");
    if (!radio.removeNetwork(ssid)) throw new InputError(`no network ${JSON.stringify(ssid)}`);
  } else radio.setNetwork({ ssid, ...networkChange(fields) });
  return radio.describe();
}

function networkChange(fields: Fields): Partial<RadioNetwork> {
  return {
    ...(fields.has("password") && { password: checked(() => passwordOf({ password: fields.raw("password") })) }),
    ...(fields.has("bssid") && { bssid: mac(fields, "bssid") }),
    ...(fields.has("channel") && { channel: fields.whole("channel", 1, 13) }),
    ...(fields.has("rssi") && { rssi: fields.whole("rssi", -127, 0) }),
    ...(fields.has("inRange") && { inRange: fields.boolean("inRange") }),
    ...(fields.has("refuse") && { refuse: fields.boolean("refuse") }),
    ...(fields.has("dhcp") && { dhcp: dhcp(fields.raw("dhcp")) }),
    ...(fields.has("lease") && { lease: checked(() => leaseOf(fields.raw("lease"))) }),
  };
}

function dhcp(value: unknown): DhcpBehaviour {
  const fields = new Fields(value, ["mode", "delay"]);
  const mode = fields.oneOf("mode", ["normal", "late", "silent"]);
  return mode === "late" ? { mode, delay: fields.number("delay", 0, 3_600_000) } : { mode };
}

function station(radio: Radio, body: unknown): unknown {
  const fields = new Fields(body, ["mac", "join", "password", "auto"]);
  const address = mac(fields, "mac");
  if (fields.boolean("join")) {
    const joining: RadioStation = {
      mac: address,
      auto: fields.has("auto") ? fields.boolean("auto") : true,
      ...(fields.has("password") && { password: fields.string("password") }),
    };
    radio.stationJoins(joining);
  } else radio.stationLeaves(address);
  return radio.describe();
}

function mac(fields: Fields, key: string): string {
  const text = fields.string(key).toLowerCase();
  if (!MAC.test(text)) throw new InputError(`${key} must be six bytes as in 02:00:00:00:20:02`);
  return text;
}
