// SPDX-License-Identifier: Apache-2.0
/** The SDK's station class, which has no declarations; platforms/esp32/wifi.ts wraps it. */
declare module "platforms/esp32/sdk-wifi" {
  import WiFi from "embedded:network/interface/wifi";

  export default WiFi;
}
