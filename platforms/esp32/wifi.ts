// SPDX-License-Identifier: Apache-2.0
import type Declared from "embedded:network/interface/wifi";
import type { WiFiConstructorOptions } from "embedded:network/interface/wifi";
import SDKWiFi from "platforms/esp32/sdk-wifi";

function startStack(this: void): void {
  native("xs_esp32_wifi_start").call(this);
}

/**
 * The SDK's WiFi class. By itself it ends the program when the driver cannot be set up (ESP_ERROR_CHECK); here that throws, and is
 * tried again by whoever wanted it. Set up by us, the station's interface is there also after an access point was first.
 *
 * `connect` copies up to 64 bytes of a password into `wifi_sta_config_t.password`, without an end mark at 64: the driver reads 64 bytes
 * as the WPA2 key in hexadecimal (`wpa_set_passphrase` of ESP-IDF).
 */
class WiFi extends SDKWiFi implements Declared {
  constructor(options: WiFiConstructorOptions) {
    startStack();
    super(options);
  }
}

export default WiFi;
