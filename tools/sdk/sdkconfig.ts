// SPDX-License-Identifier: Apache-2.0
/** ESP-IDF's configuration, as far as the project's promises rest on it. */

/** Values by name without CONFIG_; the last of several counts. `=` with nothing, `=n` and "is not set" are all "n". */
export function readSettings(text: string): Map<string, string> {
  const settings = new Map<string, string>();
  for (const line of text.split("\n")) {
    const set = /^CONFIG_(\w+)=(.*)$/.exec(line);
    const unset = /^# CONFIG_(\w+) is not set$/.exec(line);
    if (set?.[1]) settings.set(set[1], (set[2] ?? "").trim() || "n");
    else if (unset?.[1]) settings.set(unset[1], "n");
  }
  return settings;
}

/** Why each is as it is: platforms/esp32/sdkconfig/sdkconfig.defaults. */
const wanted: Readonly<Record<string, string>> = {
  APP_PROJECT_VER_FROM_CONFIG: "y",
  ESPTOOLPY_FLASHSIZE_8MB: "y",
  PARTITION_TABLE_CUSTOM: "y",
  SPIRAM: "y",
  SPIRAM_USE_MALLOC: "y",
  SPIRAM_IGNORE_NOTFOUND: "n",
  ESP_COREDUMP_ENABLE_TO_UART: "n",
  LWIP_IP_DEFAULT_TTL: "255",
  BOOTLOADER_SKIP_VALIDATE_ALWAYS: "n",
  BOOTLOADER_APP_ROLLBACK_ENABLE: "y",
  ESP_INT_WDT: "y",
  ESP_TASK_WDT_EN: "y",
  ESP_TASK_WDT_PANIC: "y",
  ESP_BROWNOUT_DET: "y",
  ESP_BROWNOUT_DET_LVL_SEL_6: "y",
  ESP_ERR_TO_NAME_LOOKUP: "y",
  COMPILER_OPTIMIZATION_ASSERTIONS_ENABLE: "y",
  ESP32_DISABLE_BASIC_ROM_CONSOLE: "n",
  LWIP_TCP_SND_BUF_DEFAULT: "28672",
  LWIP_TCP_WND_DEFAULT: "16384",
  LWIP_IRAM_OPTIMIZATION: "y",
  ESP_WIFI_IRAM_OPT: "y",
  ESP_WIFI_RX_IRAM_OPT: "y",
  SPI_MASTER_ISR_IN_IRAM: "y",
  ESP_CONSOLE_NONE: "n",
  ESP_CONSOLE_UART_DEFAULT: "y",
  ESP_CONSOLE_UART_BAUDRATE: "115200",
};

/** One line for each setting that is not as wanted in a release build. */
export function settingProblems(settings: ReadonlyMap<string, string>): string[] {
  return Object.entries(wanted)
    .filter(([name, value]) => (settings.get(name) ?? "n") !== value)
    .map(([name, value]) => `CONFIG_${name} is ${settings.get(name) ?? "not set"}, not ${value}`);
}
