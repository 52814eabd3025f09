// SPDX-License-Identifier: Apache-2.0
import type { WifiSettings } from "modules/network/network";

/** The default network settings of the camera with this name. */
export const WIFI_DEFAULTS: Readonly<WifiSettings> = {
  ap_ssid: "tCam-Mini-EFB5",
  ap_pw: "",
  ap_ip_addr: "192.168.4.1",
  sta_ssid: "",
  sta_pw: "",
  sta_ip_addr: "192.168.4.2",
  sta_netmask: "255.255.255.0",
  sta_gateway: "",
  flags: 0x01,
};
