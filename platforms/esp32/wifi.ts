// SPDX-License-Identifier: Apache-2.0
import type Declared from "embedded:network/interface/wifi";
import type { WiFiConstructorOptions } from "embedded:network/interface/wifi";
import SDKWiFi from "platforms/esp32/sdk-wifi";

function startStack(this: void): void {
  native("xs_esp32_wifi_start").call(this);
}

/**
 * The SDK's WiFi class, over a driver that wifi-stack.c has initialised. The SDK's class aborts when the initialisation fails
 * (ESP_ERROR_CHECK); this one throws, and the caller can retry. The station's interface also exists after an access point was first.
 *
 * `connect` copies up to 64 bytes of a password into `wifi_sta_config_t.password`, without a NUL after 64: the driver reads 64 bytes
 * as the WPA2 key in hexadecimal (`wpa_set_passphrase` of ESP-IDF).
 */
class WiFi extends SDKWiFi implements Declared {
  constructor(options: WiFiConstructorOptions) {
    startStack();
    super(options);
  }
}

export default WiFi;
