// SPDX-License-Identifier: Apache-2.0
/**
 * Optional tools. Tests and measurements that need one are skipped, with the reason, if it does not work here.
 * A probe does with a tool what its tests do: compiles and links with the same flags and headers, and runs the result.
 *
 *   npm run tools                     prints which work
 *   npm run tools -- NAME             prints why one does not work; prints nothing if it works
 *   npm run tools -- --packages       prints the Debian packages of all
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { programPath } from "./programs";

interface Tool {
  /** Name in the README's table. */
  title: string;
  /** Debian packages that contain it; empty if Debian does not have it. */
  packages: readonly string[];
  /** @returns one line on why it does not work here, or undefined */
  probe(): string | undefined;
}

const root = join(__dirname, "..");
/** Milliseconds after which a probe has failed. */
const LIMIT = 60_000;

/** Options of clang for a native fuzzer. */
export const FUZZER_FLAGS = ["-O2", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all"];
/** Debian's tools for the headers of ESP-IDF: a compiler, the C library and lwIP for it, and the Python of its Kconfig module. */
export const HEADER_TOOLS = {
  compiler: "xtensa-lx106-elf-gcc",
  libraries: ["-isystem", "/usr/lib/xtensa-lx106-elf/include", "-idirafter", "/usr/include/lwip"],
  python: "/usr/bin/python3",
} as const;
/** In order of preference: the desktop's browser takes twice the CPU time for the same pages. */
const CHROMIUM_PROGRAMS = ["chromium-headless-shell", "chromium"] as const;
/** Options of Chromium for a test: no window, no sandbox (root cannot use it), no network traffic of its own. */
export const CHROMIUM_FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** Prefix of a command that is to run in its own network, mount and process namespaces. */
export const ISOLATED = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"] as const;
/** The environment for it: Debian keeps daemons and network tools out of an ordinary user's path. */
export function isolatedEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` };
}

/** @returns the path of Chromium; the name of the preferred program if none is found */
export function chromiumProgram(): string {
  return CHROMIUM_PROGRAMS.map((program) => programPath(program)).find(Boolean) ?? CHROMIUM_PROGRAMS[0];
}

/** Lines that state an error, the most specific pattern first. */
const COMPLAINTS = [/^\w*Error: /, /error|cannot|not found|no such file|denied|failed/i, /\S/];

function complaint(output: string): string {
  const lines = output.split("\n").filter((line) => !line.includes("***"));
  for (const pattern of COMPLAINTS) {
    const line = lines.find((one) => pattern.test(one));
    if (line) return line.trim();
  }
  return "";
}

/** Runs a command. @returns why it failed, or did not print `expected`; undefined after success */
function attempt(command: readonly string[], expected = /(?:)/): string | undefined {
  const [program = "", ...parameters] = command;
  const run = spawnSync(program, parameters, {
    cwd: root,
    encoding: "utf8",
    env: isolatedEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
    timeout: LIMIT,
    killSignal: "SIGKILL",
  });
  if (run.error) return "code" in run.error && run.error.code === "ENOENT" ? `no ${program}` : run.error.message;
  const said = `${run.stderr}${run.stdout}`;
  if (run.status !== 0) return complaint(said) || `${program} ended with ${run.status ?? run.signal}`;
  return expected.test(run.stdout) ? undefined : `${program} printed ${JSON.stringify(said.slice(0, 200))}`;
}

/** Runs `work` with a folder that is removed afterwards. */
function withFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "tcam-probe-"));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
  }
}

function probeFuzzer(): string | undefined {
  return withFolder((folder) => {
    const program = join(folder, "probe");
    const compile = ["clang", "-std=c11", "-g", ...FUZZER_FLAGS, "tools/probes/fuzzer.c", "-o", program];
    return attempt(compile) ?? attempt([program, "-runs=1"]);
  });
}

function probeCallgrind(): string | undefined {
  return withFolder((folder) => {
    const program = join(folder, "probe");
    const counts = `--callgrind-out-file=${join(folder, "counts")}`;
    return (
      attempt(["gcc", "-m32", "-xc", "tools/probes/nothing.c", "-o", program]) ??
      attempt(["valgrind", "--tool=callgrind", counts, program])
    );
  });
}

function probeChromium(): string | undefined {
  return withFolder((folder) => {
    const page = "data:text/html,<script>document.write(6*7)</script>";
    const program = chromiumProgram();
    // Debian's program is a script: what it starts would outlive it at the limit.
    const endAll = isAbsolute(program) ? ["timeout", "--signal=KILL", String((0.9 * LIMIT) / 1000)] : [];
    return attempt([...endAll, program, ...CHROMIUM_FLAGS, `--user-data-dir=${folder}`, "--dump-dom", page], /42/);
  });
}

const tsx = [process.execPath, "--import", "tsx"];

const TOOLS = {
  m32: {
    title: "32-bit C (`gcc -m32`)",
    packages: ["gcc-multilib"],
    probe: () => attempt(["make", "-s", "-f", "platforms/linux/xs/Makefile", "VARIANT=m32", "probe"]),
  },
  asan: {
    title: "ASan, UBSan",
    packages: ["gcc"],
    probe: () => attempt(["make", "-s", "-C", "test/native", "probe-asan"]),
  },
  tsan: {
    title: "TSan",
    packages: ["gcc"],
    probe: () => attempt(["make", "-s", "-C", "test/native", "probe-tsan"]),
  },
  lwip: {
    title: "lwIP",
    packages: ["liblwip-dev"],
    probe: () => attempt(["make", "-s", "-C", "test/native", "probe-lwip"]),
  },
  fuzzer: {
    title: "clang with libFuzzer",
    packages: ["clang", "llvm", "libclang-rt-14-dev"],
    probe: probeFuzzer,
  },
  xtensa: {
    title: "Xtensa compiler and emulator",
    packages: ["gcc-xtensa-lx106", "qemu-user"],
    probe: () => attempt(["make", "-s", "-C", "test/bench/xtensa", "probe"]),
  },
  callgrind: {
    title: "Callgrind on 32-bit programs",
    packages: ["valgrind", "gcc-multilib"],
    probe: probeCallgrind,
  },
  chromium: { title: "Chromium", packages: ["chromium-headless-shell"], probe: probeChromium },
  display: {
    title: "Xvfb and xdotool",
    packages: ["xvfb", "xdotool"],
    probe: () => attempt(["xdotool", "-v"]) ?? attempt(["Xvfb", "-help"]),
  },
  avahi: {
    title: "Avahi, in network namespaces (root)",
    packages: ["avahi-daemon", "avahi-utils", "dbus", "iproute2"],
    probe: () => attempt([...ISOLATED, ...tsx, "test/device/network/avahi-session.ts", "--probe"]),
  },
  namespaces: {
    title: "network namespaces (root)",
    packages: ["iproute2"],
    probe: () => attempt([...ISOLATED, ...tsx, "test/device/network/interfaces-session.ts", "--probe"]),
  },
  curl: {
    title: "curl",
    packages: ["curl"],
    probe: () => attempt(["curl", "--version"], /^Protocols:.*\bhttp\b/m),
  },
  ffmpeg: {
    title: "ffmpeg and ffprobe",
    packages: ["ffmpeg"],
    probe: () => attempt(["ffprobe", "-version"]) ?? attempt(["ffmpeg", "-demuxers"], /\bmpjpeg\b/),
  },
  djpeg: { title: "djpeg", packages: ["libjpeg-turbo-progs"], probe: () => attempt(["djpeg", "-version"]) },
  exiftool: { title: "ExifTool", packages: ["libimage-exiftool-perl"], probe: () => attempt(["exiftool", "-ver"]) },
  numpy: {
    title: "Python with NumPy and Pillow",
    packages: ["python3-numpy", "python3-pil"],
    probe: () => attempt(["/usr/bin/python3", "-c", "import numpy, PIL.Image"]),
  },
  python: {
    title: "Python 3",
    packages: ["python3"],
    probe: () => attempt(["python3", "-c", "print(6 * 7)"], /42/),
  },
  moddable: {
    title: "Moddable SDK (`MODDABLE`)",
    packages: [],
    probe: () => {
      const { MODDABLE } = process.env;
      if (!MODDABLE) return "MODDABLE is not set";
      return existsSync(join(MODDABLE, "tests/modules/io")) ? undefined : `no tests/modules/io in ${MODDABLE}`;
    },
  },
  headers: {
    title: "sources of ESP-IDF (`IDF_PATH`), compiler and C library for them",
    packages: [],
    probe: () => {
      const { IDF_PATH } = process.env;
      if (!IDF_PATH) return "IDF_PATH is not set";
      if (!existsSync(join(IDF_PATH, "components/esp_common"))) return `no components/esp_common in ${IDF_PATH}`;
      const { compiler, libraries, python } = HEADER_TOOLS;
      const headers = ["picolibc.h", "lwip/init.h"].flatMap((header) => ["-include", header]);
      return (
        attempt([compiler, ...libraries, ...headers, "-fsyntax-only", "-x", "c", "/dev/null"]) ??
        attempt([python, "-c", "import kconfiglib"])
      );
    },
  },
  idf: {
    title: "ESP-IDF (`IDF_PATH`)",
    packages: [],
    probe: () => {
      if (!process.env.IDF_PATH) return "IDF_PATH is not set";
      return attempt(["xtensa-esp32-elf-gcc", "-x", "c", "-c", "/dev/null", "-o", "/dev/null"]);
    },
  },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof TOOLS;
export const tools: Readonly<Record<ToolName, Tool>> = TOOLS;

const probed = new Map<ToolName, string | undefined>();

/** Probes a tool once. @returns why it does not work here, with the packages that contain it, or undefined */
export function missing(name: ToolName): string | undefined {
  const { packages, probe } = tools[name];
  if (!probed.has(name)) {
    const reason = probe();
    const hint = packages.length > 0 ? ` (Debian: ${packages.join(" ")})` : "";
    probed.set(name, reason === undefined ? undefined : `${reason}${hint}`);
  }
  return probed.get(name);
}

/** Whether a missing tool is a failure: with `CI` set, every tool that Debian has. */
export function isRequired(name: ToolName): boolean {
  return Boolean(process.env["CI"]) && tools[name].packages.length > 0;
}

/** As `missing`. @throws Error if the tool is required */
export function unavailable(name: ToolName): string | undefined {
  const reason = missing(name);
  if (reason !== undefined && isRequired(name)) throw new Error(reason);
  return reason;
}

function main(names: string[]): void {
  const known = (name: string): name is ToolName => name in tools;
  if (names[0] === "--packages") {
    console.log([...new Set(Object.values(tools).flatMap(({ packages }) => packages))].join("\n"));
    return;
  }
  if (!names.every(known)) throw new Error(`known are ${Object.keys(tools).join(", ")}`);
  for (const name of names) {
    const reason = unavailable(name);
    if (reason !== undefined) console.log(reason);
  }
  if (names.length > 0) return;
  for (const name of Object.keys(tools) as ToolName[]) console.log(`${name}: ${missing(name) ?? "works"}`);
}

if (require.main === module) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    console.error(`tools: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
