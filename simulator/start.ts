// SPDX-License-Identifier: Apache-2.0
/** `npm start`: builds missing parts, starts a virtual camera, shows its log, and ends it in order. */
import { Command, InvalidArgumentError, Option } from "commander";
import { isIPv4 } from "node:net";
import { join, relative } from "node:path";
import { buildFirmware, buildRunner, BuildError } from "../tools/build";
import type { Model } from "./lepton";
import type { Mode } from "./board/virtual-board";
import { MAX_SPEED, NAMED_SPEEDS } from "./board/control/routes";
import { type VirtualCamera, VirtualCameraError, startVirtualCamera } from "./board/virtual-camera";
import { formatLine, type LogLine } from "./board/journal";
import type { Speed } from "./board/pacer";
import { openScene, SceneError } from "./board/scenes";
import { isSystemError } from "./board/storage/disk";

const DEFAULT_PORT = 5001;
const DEFAULT_HTTP = 5080;
const LOOPBACK = "127.0.0.1";
const DEFAULT_CONTROL = 5002;
const DEFAULT_DATA = join(__dirname, "../build/data");

interface Options {
  port: number;
  /** Port of the camera's web server; false: it is closed. */
  http: number | false;
  host: string;
  scene: string;
  speed: Speed;
  lepton: Model;
  control: number | false;
  data: string;
  mode: Mode;
  seed: number;
  /** A program that runs as the firmware; false: another process runs it. */
  firmware?: string | false;
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65535)
    throw new InvalidArgumentError("A port is a number from 0 (a free one) to 65535.");
  return value;
}

function host(text: string): string {
  if (isIPv4(text)) return text;
  throw new InvalidArgumentError(`An address is four numbers, such as ${LOOPBACK}, or 0.0.0.0 for all interfaces.`);
}

function speed(text: string): Speed {
  const named = NAMED_SPEEDS.find((name) => name === text);
  if (named !== undefined) return named;
  const value = Number(text);
  if (text.trim() === "" || !(value > 0 && value <= MAX_SPEED))
    throw new InvalidArgumentError(`A speed is a number above 0, up to ${MAX_SPEED}, or ${NAMED_SPEEDS.join(" or ")}.`);
  return value;
}

function seed(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("A seed is a whole number.");
  return Number(text);
}

/** Rejects an empty text: an empty folder name would be the current folder. */
function text(value: string): string {
  if (value.trim() === "") throw new InvalidArgumentError("It must not be empty.");
  return value;
}

function parse(argv: string[]): Options {
  const program = new Command("npm start --")
    .description("A tCam-Mini on this computer: its firmware, over a virtual board with an emulated Lepton.")
    .allowExcessArguments(false)
    .option("--port <number>", "TCP port of the camera; 0: a free one", port, DEFAULT_PORT)
    .option("--http <number>", "TCP port of the camera's page and API; 0: a free one", port, DEFAULT_HTTP)
    .option("--no-http", "close the camera's web server")
    .option(
      "--host <address>",
      "IPv4 address of this computer on which it listens; 0.0.0.0: all addresses",
      host,
      LOOPBACK,
    )
    .option("--scene <name|file>", "in front of the sensor: a built-in scene or a recorded image (.tjsn)", "default")
    .option(
      "--speed <factor>",
      "camera seconds per second; max: as many as possible; stepped: only by /advance",
      speed,
      1,
    )
    .addOption(new Option("--lepton <model>", "the sensor").choices(["3.5", "3.0", "3.1R"]).default("3.5"))
    .option("--control <port>", "port of the control API and its page; 0: a free one", port, DEFAULT_CONTROL)
    .option("--no-control", "no control API")
    .option("--data <folder>", "the camera's storage", text, relative(process.cwd(), DEFAULT_DATA))
    .addOption(new Option("--mode <mode>", "the mode jumper").choices(["wifi", "serial"]).default("wifi"))
    .option("--seed <number>", "seed of noise, drift and faults", seed, 1)
    .option("--firmware <command>", "a program that runs as the firmware, such as a build of the Moddable SDK", text)
    .option("--no-firmware", "start no firmware: print the variables that another process needs to run it");
  program.parse(argv);
  return program.opts<Options>();
}

/** Builds engine runner and firmware; another firmware needs neither. */
async function build({ firmware }: Options): Promise<void> {
  if (firmware !== undefined) return;
  await buildRunner();
  await buildFirmware();
}

function show(line: LogLine): void {
  const text = formatLine(line);
  const color = process.stdout.isTTY ? { E: 31, W: 33, I: 0, D: 90 }[line.level] : 0;
  process.stdout.write(color === 0 ? `${text}\n` : `\x1b[${color}m${text}\x1b[0m\n`);
}

function announce(camera: VirtualCamera, mode: Mode): void {
  const lines = [""];
  if (mode === "wifi")
    lines.push(
      ...camera.addresses.map((address, i) => `  ${i ? "             " : "Camera:      "} ${address}:${camera.port}`),
    );
  else lines.push(`  Serial port:  ${camera.terminal}  (230400 baud)`, `  Host SPI:     ${camera.hostSpiPath}`);
  if (mode === "wifi" && camera.http !== undefined)
    lines.push(`  Page:         http://${camera.addresses[0] ?? LOOPBACK}:${camera.http}/`);
  if (camera.control !== undefined) lines.push(`  Control page: http://127.0.0.1:${camera.control}/`);
  lines.push(`  Storage:      ${camera.dataDirectory}`, "  Ctrl-C ends it.", "");
  console.log(lines.join("\n"));
}

function announceBoard(camera: VirtualCamera, mode: Mode): void {
  const variables = Object.entries(camera.firmwareEnvironment).map(([name, value]) => `${name}=${value}`);
  console.log(`\n  Start the firmware with\n  ${variables.join(" ")}`);
  announce(camera, mode);
}

/** Exit status that a shell shows for SIGPIPE: the reader of the log has ended. */
const EXIT_SIGPIPE = 141;

/** Resolves at the first signal to end, and when the reader of the log has ended. A second signal ends the process at once. */
function asked(): Promise<void> {
  return new Promise((resolve) => {
    process.stderr.on("error", () => undefined);
    process.stdout.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") console.error(`start: the log cannot be printed: ${error.message}`);
      process.exitCode = error.code === "EPIPE" ? EXIT_SIGPIPE : 1;
      resolve();
    });
    let count = 0;
    const ask = (): void => {
      count += 1;
      if (count > 1) process.exit(130);
      resolve();
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, ask);
  });
}

async function run(options: Options): Promise<void> {
  const end = asked();
  let ending = false;
  void end.then(() => (ending = true));
  openScene(options.scene, options.seed); // reports a bad scene before half a minute of compiling
  const ready = build(options);
  await Promise.race([ready, end.then(() => Promise.reject(new Interrupted()))]);
  const camera = await startVirtualCamera({
    ...options,
    control: options.control === false ? undefined : options.control,
    dataDirectory: options.data,
    terminal: options.mode === "serial",
    outside: options.firmware === false,
    ...(options.firmware && { command: options.firmware.trim().split(/\s+/) }),
    flashTiming: true,
    onLog: show,
  });
  if (options.firmware === false) announceBoard(camera, options.mode);
  else
    void camera.ready().then(
      () => announce(camera, options.mode),
      (error: unknown) => {
        if (!ending) console.error(`start: ${(error as Error).message.split("\n")[0]}`);
      },
    );
  await end;
  await camera.stop();
}

/** Ctrl-C while building. */
class Interrupted extends Error {}

/** Errors that the user can correct: printed as one line, without a stack. */
function isExplained(error: unknown): error is Error {
  return [BuildError, VirtualCameraError, SceneError].some((kind) => error instanceof kind) || isSystemError(error);
}

async function main(): Promise<void> {
  try {
    await run(parse(process.argv));
    process.exit();
  } catch (error) {
    if (error instanceof Interrupted) process.exit(130);
    if (error instanceof BuildError && error.details) console.error(error.details.trimEnd());
    console.error(isExplained(error) ? `start: ${error.message}` : error);
    process.exit(1);
  }
}

void main();
