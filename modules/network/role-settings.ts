// SPDX-License-Identifier: Apache-2.0
import { FLAG_STATIC } from "modules/settings/settings";
import { formatAddress, parseAddress } from "modules/text/ipv4";
import { dhcpRange } from "./addresses";
import { hostName } from "./name";
import type { AccessPointSettings, WifiSettings } from "./io";
import type { StationSettings } from "./station";
import { AP_MASK, gatewayOf } from "./wifi-check";

const AP_CHANNEL = 1;
/** Addresses that the access point's DHCP server hands out: more than stations, as phones change their MAC address. */
const AP_LEASES = 10;

/** Settings for the station. @param sound the static address is valid; if not, DHCP is used */
export const stationSettings = (settings: Readonly<WifiSettings>, sound: boolean): StationSettings => {
  const { sta_ip_addr: address, sta_netmask: mask } = settings;
  const fixed = sound && (settings.flags & FLAG_STATIC) !== 0;
  return {
    ssid: settings.sta_ssid,
    password: settings.sta_pw,
    hostname: hostName(settings.ap_ssid),
    fixed: fixed ? { address, mask, gateway: gatewayOf(settings) } : undefined,
  };
};

/**
 * Settings of the access point.
 * @param address its own: the stored one, or the default if that one is invalid
 * @param max maximum number of stations
 */
export const accessPointSettings = (
  settings: Readonly<WifiSettings>,
  address: string,
  max: number,
): AccessPointSettings => {
  const range = dhcpRange(parseAddress(address) ?? 0, parseAddress(AP_MASK) ?? 0, AP_LEASES);
  return {
    ssid: settings.ap_ssid,
    ...(settings.ap_pw === "" ? {} : { password: settings.ap_pw }),
    channel: AP_CHANNEL,
    max,
    address,
    mask: AP_MASK,
    range: { first: formatAddress(range.first), last: formatAddress(range.last) },
  };
};
