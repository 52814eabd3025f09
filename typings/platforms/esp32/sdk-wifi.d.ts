// SPDX-License-Identifier: Apache-2.0
/** The SDK's own station class, which has no types of its own; platforms/esp32/wifi.ts stands before it. */
declare module "platforms/esp32/sdk-wifi" {
  import WiFi from "embedded:network/interface/wifi";

  export default WiFi;
}
