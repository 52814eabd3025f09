// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BOARDS, DEFAULT_BOARD, partitions } from "../../../tools/boards";
import { readSettings, settingProblems } from "../../../tools/sdk/sdkconfig";
import { root } from "../../../tools/manifests";

const text = (path: string): string => readFileSync(join(root, path), "utf8");
const folder = "boards/tcam-mini/sdkconfig";
const overlays = BOARDS.filter((name) => name !== DEFAULT_BOARD).map((name) => `boards/${name}/sdkconfig.defaults`);

test("partitions are the original firmware's, so that updates over the air work in both directions", () => {
  expect(partitions("tcam-mini").map(({ name, offset, size }) => [name, offset, size])).toEqual([
    ["nvs", 0x9000, 0x4000],
    ["otadata", 0xd000, 0x2000],
    ["phy_init", 0xf000, 0x1000],
    ["factory", 0x10000, 0x200000],
    ["ota_0", 0x210000, 0x200000],
    ["ota_1", 0x410000, 0x200000],
  ]);
});

/** With the one line of the SDK's defaults that the project's do not repeat. */
const merged = `CONFIG_PARTITION_TABLE_CUSTOM=y\n${text(`${folder}/sdkconfig.defaults`)}${text(`${folder}/sdkconfig.defaults.release`)}`;

test("the required settings are set", () => {
  expect(settingProblems(readSettings(merged))).toEqual([]);
});

test("a missing setting is reported", () => {
  const incomplete = merged.replace("CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE=y", "");
  expect(settingProblems(readSettings(incomplete))).toEqual([
    "CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE is not set, not y",
  ]);
});

test.each(["sdkconfig.defaults", "sdkconfig.defaults.release"])("mcconfig can merge %s", (file) => {
  const lines = text(`${folder}/${file}`)
    .split("\n")
    .filter((line) => line && !line.startsWith("#"));
  // A value is cut at a second "=".
  for (const line of lines) expect(line).toMatch(/^CONFIG_[A-Z0-9_]+=[^=]+$/);
  const names = lines.map((line) => line.split("=")[0]);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

test.each([`${folder}/sdkconfig.defaults`, ...overlays])(
  "%s has no setting of lwIP's socket API, which is not used",
  (path) => {
    const names = [...readSettings(text(path)).keys()];
    expect(names).not.toEqual([]);
    expect(names.filter((name) => /^LWIP_(MAX_SOCKETS|SO_|(TCP|UDP|RAW|ACCEPT)_?RECVMBOX)/.test(name))).toEqual([]);
  },
);

test("the native tests of TCP have the chip's limits", () => {
  const options = text("test/native/esp32/lwip/lwipopts.h");
  const settings = readSettings(merged);
  const limit = (name: string): string | undefined => new RegExp(`#define ${name} (\\d+)`).exec(options)?.[1];
  expect(limit("TCP_SND_BUF")).toBe(settings.get("LWIP_TCP_SND_BUF_DEFAULT"));
  expect(limit("TCP_WND")).toBe(settings.get("LWIP_TCP_WND_DEFAULT"));
});

test("the image's descriptor has the version of package.json and the original's project name", () => {
  const { version } = JSON.parse(text("package.json")) as { version: string };
  const short = version.split(".").slice(0, 2).join(".");
  expect(readSettings(merged).get("APP_PROJECT_VER")).toBe(`"${short}"`);
  const source = text("platforms/esp32/native/esp32-system.c");
  expect(source).toMatch(
    /esp_app_desc __attribute__\(\(section\("\.rodata_desc"\)\)\) = \{[^}]*\.version = CONFIG_APP_PROJECT_VER,\s*\.project_name = "tCamMini"/,
  );
});

test.each(["SystemInfo", "ImageInfo"])("the native system's %s has every declared field", (name) => {
  const declared = new RegExp(`interface ${name} \\{([^}]*)\\}`).exec(text("typings/platform/system.d.ts"))?.[1] ?? "";
  const fields = [...declared.matchAll(/readonly (\w+):/g)].map((match) => match[1] as string);
  expect(fields.length).toBeGreaterThan(3);
  const source = text("platforms/esp32/native/esp32-system.c");
  const native = name === "SystemInfo" ? "xs_esp32_info" : "xs_esp32_image";
  const body = source.slice(source.indexOf(`void ${native}(`)).split("\n}\n")[0] ?? "";
  expect(fields.filter((field) => !body.includes(`xsID_${field}`))).toEqual([]);
});
