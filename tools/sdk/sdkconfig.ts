// SPDX-License-Identifier: Apache-2.0
/**
 * ESP-IDF's configuration: the settings that the firmware depends on, and the boards' overlays.
 *
 *   npm run sdkconfig       writes build/sdkconfig/BOARD for every board that overrides the default board's settings
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { boardFile, BOARDS, DEFAULT_BOARD, partitions } from "../boards";

/** A board's settings: for every build, and those that a release build adds. */
export interface BoardSettings {
  readonly common: string;
  readonly release: string;
}

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

/** Reasons are in boards/tcam-mini/sdkconfig/sdkconfig.defaults. */
const wanted: Readonly<Record<string, string>> = {
  APP_PROJECT_VER_FROM_CONFIG: "y",
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
  LWIP_TCPIP_TASK_AFFINITY_CPU0: "y",
  ESP_WIFI_IRAM_OPT: "y",
  ESP_WIFI_RX_IRAM_OPT: "y",
  SPI_MASTER_ISR_IN_IRAM: "y",
  ESP_CONSOLE_NONE: "n",
  ESP_CONSOLE_UART_DEFAULT: "y",
  ESP_CONSOLE_UART_BAUDRATE: "115200",
};

/** Name of the setting for the smallest flash that holds the board's partitions. */
function flashSize(board: string): string {
  const end = Math.max(...partitions(board).map(({ offset, size }) => offset + size));
  return `ESPTOOLPY_FLASHSIZE_${2 ** Math.ceil(Math.log2(end / (1 << 20)))}MB`;
}

/** One line for each setting of a release build that differs from the required one. */
export function settingProblems(settings: ReadonlyMap<string, string>, board = DEFAULT_BOARD): string[] {
  return Object.entries({ ...wanted, [flashSize(board)]: "y" })
    .filter(([name, value]) => (settings.get(name) ?? "n") !== value)
    .map(([name, value]) => `CONFIG_${name} is ${settings.get(name) ?? "not set"}, not ${value}`);
}

/** The settings of `base`, with those that `overlay` names replaced. Comments of `base` are dropped. */
export function mergeSettings(base: string, overlay: string): string {
  const lines = (text: string): string[] => text.split("\n").filter((line) => line.startsWith("CONFIG_"));
  const name = (line: string): string => line.slice(0, line.indexOf("="));
  const overridden = new Set(lines(overlay).map(name));
  const kept = lines(base).filter((line) => !overridden.has(name(line)));
  return [...kept, ...lines(overlay), ""].join("\n");
}

/** The board's settings, which mcconfig merges over the SDK's defaults. */
export function boardSettings(board: string): BoardSettings {
  const base = (name: string): string => readFileSync(boardFile(DEFAULT_BOARD, "sdkconfig", name), "utf8");
  const common = base("sdkconfig.defaults");
  const release = base("sdkconfig.defaults.release");
  const overlay = boardFile(board, "sdkconfig.defaults");
  return existsSync(overlay)
    ? { common: mergeSettings(common, readFileSync(overlay, "utf8")), release }
    : { common, release };
}

/** Writes the settings of a board with an overlay, and the manifest through which mcconfig finds them; does nothing for the default board. */
export function writeSettings(board: string): void {
  if (board === DEFAULT_BOARD) return;
  const folder = resolve(__dirname, "../../build/sdkconfig", board);
  const { common, release } = boardSettings(board);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "sdkconfig.defaults"), common);
  writeFileSync(join(folder, "sdkconfig.defaults.release"), release);
  writeFileSync(join(folder, "manifest.json"), JSON.stringify({ build: { SDKCONFIGPATH: "./" } }));
}

if (require.main === module) BOARDS.forEach(writeSettings);
