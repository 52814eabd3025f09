// SPDX-License-Identifier: Apache-2.0
/**
 * Compiles the ESP32's natives against the real headers: those of ESP-IDF with the firmware's own settings, and those
 * of the SDK's XS. The compiler is Debian's for the Xtensa lx106, whose C library is the IDF's too (picolibc);
 * it has no windowed registers, so nothing is linked. lwIP is a submodule of the IDF: Debian's stands in.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, copyFileSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { DEFAULT_BOARD } from "../boards";
import { HEADER_TOOLS } from "../optional-tools";
import { folders, run, type Sdk, SdkError } from "./sdk-build";

const root = resolve(__dirname, "../..");

/** Folders with parts of the firmware, and those of a part that have natives of the ESP32's image. */
const PARTS = ["drivers", "modules"];
const NATIVES = ["esp32", "native"];
const PLATFORMS = ["platforms/esp32/native", "platforms/common/native"];
/** Folders of an IDF component that may have public headers, of the ESP32 first. */
const COMPONENT_FOLDERS = [
  ...["include", "include/freertos", "esp32/include", "esp32/register", "esp32", "esp32/include/esp32"],
  ...["platform_include", "platform_port/include", "etm/include", "port/esp32/include", "include/soc"],
  ...["include/soc/esp32", "bootloader_flash/include", "esp_supplicant/include", "port/include", "include/apps"],
  ...["port/freertos/include", "port/esp32xx/include", "config/include", "config/include/freertos"],
  ...["config/xtensa/include", "esp_additions/include", "FreeRTOS-Kernel/include"],
  ...["FreeRTOS-Kernel/portable/xtensa/include", "FreeRTOS-Kernel/portable/xtensa/include/freertos"],
];
/** Components of other chips or for other uses whose headers hide those of the ESP32. */
const LEFT_OUT = ["linux", "esp_tee", "riscv", "bootloader"];

function ownFolders(): string[] {
  const parts = PARTS.flatMap((part) => readdirSync(join(root, part)).map((name) => join(part, name)));
  const natives = parts.flatMap((part) => NATIVES.map((name) => join(part, name)));
  return [...natives, ...PLATFORMS].filter((folder) => existsSync(join(root, folder))).sort();
}

function includes(idf: string): string[] {
  const components = join(idf, "components");
  const found = readdirSync(components).filter((name) => !LEFT_OUT.includes(name));
  const candidates = found.sort().flatMap((name) => COMPONENT_FOLDERS.map((folder) => join(components, name, folder)));
  return [components, ...candidates.filter(existsSync)].flatMap((folder) => ["-isystem", folder]);
}

/** The IDF's configuration header, made from the settings that mcconfig merged for the default board. */
function makeSettings(sdk: Sdk, idf: string, project: string): string {
  const folder = join(sdk.output, "real-headers");
  const defaults = join(folder, "sdkconfig.defaults");
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(project, "sdkconfig.mc"), defaults);
  appendFileSync(defaults, "\nCONFIG_LIBC_PICOLIBC=y\n");
  run(HEADER_TOOLS.python, [join(__dirname, "sdkconfig-header.py"), idf, defaults, folder], sdk.environment);
  return folder;
}

/**
 * Compiles all, after an ESP32 build of the default board has been configured in `sdk`. Prints the number.
 * @throws SdkError with the compiler's words
 */
export function compileWithRealHeaders(sdk: Sdk, idf: string): void {
  const { temporary } = folders(sdk, { board: DEFAULT_BOARD });
  const settings = makeSettings(sdk, idf, join(temporary, "xsProj-esp32"));
  const xs = join(sdk.moddable, "xs");
  const own = ownFolders();
  const flags = [
    ...["-std=gnu17", "-fsyntax-only", "-mlongcalls", "-Wall", "-Wextra", "-Werror", "-Wstrict-prototypes"],
    ...["-Wno-clobbered", "-DESP_PLATFORM", "-DESP32=1", '-DIDF_VER="v6.0"', "-D__ets__", "-U__STRICT_ANSI__"],
    ...["-DmxUseDefaultSharedChunks=1", "-Dstatic_assert=_Static_assert"],
    ...own.map((folder) => `-I${folder}`),
    ...[temporary, settings, ...["platforms/esp", "includes", "platforms"].map((folder) => join(xs, folder))].flatMap(
      (folder) => ["-isystem", folder],
    ),
    ...includes(idf),
    ...HEADER_TOOLS.libraries,
  ];
  const sources = own.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith(".c"))
      .map((name) => join(folder, name)),
  );
  const complaints: string[] = [];
  for (const source of sources) {
    const { status, stderr } = spawnSync(HEADER_TOOLS.compiler, [...flags, source], { cwd: root, encoding: "utf8" });
    if (status !== 0) complaints.push(`${source}:\n${stderr}`);
  }
  if (complaints.length) {
    const count = `${complaints.length} of ${sources.length}`;
    throw new SdkError(`${count} natives do not compile against the real headers`, complaints.join("\n"));
  }
  console.log(`    ${sources.length} natives`);
}
