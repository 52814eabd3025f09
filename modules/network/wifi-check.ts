// SPDX-License-Identifier: Apache-2.0
import { FLAG_CLIENT, FLAG_ENABLED, FLAG_STATIC, type WifiSettings } from "modules/settings/settings";
import { formatAddress, parseAddress } from "modules/text/ipv4";
import { firstHost, isHost, isMask } from "./addresses";

/** Bits of get_wifi's `flags` that report state; the others are settings. */
export const FLAG_CONNECTED = 0x08;
export const FLAG_STARTED = 0x04;
export const FLAG_INITIALIZED = 0x02;

/** The access point's network is class C, as in the original firmware. */
export const AP_MASK = "255.255.255.0";

/**
 * Checks settings as a whole: whether the camera would be reachable with them. Settings that the mode does not use are
 * not checked.
 *
 * @returns the problem, or undefined
 */
export const checkWifi = (settings: Readonly<WifiSettings>): string | undefined => {
  if ((settings.flags & FLAG_ENABLED) === 0) return undefined;
  if ((settings.flags & FLAG_CLIENT) === 0) {
    if (isHostText(settings.ap_ip_addr, AP_MASK)) return undefined;
    return `ap_ip_addr ${settings.ap_ip_addr} is no host address`;
  }
  if (settings.sta_ssid === "") return "client mode needs sta_ssid";
  if ((settings.flags & FLAG_STATIC) === 0) return undefined;
  const mask = parseAddress(settings.sta_netmask);
  if (mask === undefined || !isMask(mask)) return `sta_netmask ${settings.sta_netmask} is no network mask`;
  if (!isHostText(settings.sta_ip_addr, settings.sta_netmask))
    return `sta_ip_addr ${settings.sta_ip_addr} is no host address in a network of mask ${settings.sta_netmask}`;
  return undefined;
};

/**
 * The stored gateway if it is in the static address's network, otherwise that network's first host; none if that is the
 * camera itself.
 */
export const gatewayOf = (settings: Readonly<WifiSettings>): string => {
  const address = parseAddress(settings.sta_ip_addr) ?? 0;
  const mask = parseAddress(settings.sta_netmask) ?? 0;
  const stored = parseAddress(settings.sta_gateway);
  const gateway = stored !== undefined && ((stored ^ address) & mask) === 0 ? stored : firstHost(address, mask);
  return formatAddress(gateway === address ? 0 : gateway);
};

const isHostText = (address: string, mask: string): boolean => {
  const a = parseAddress(address);
  const m = parseAddress(mask);
  return a !== undefined && m !== undefined && isHost(a, m);
};
