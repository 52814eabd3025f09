// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run mcsim`: the firmware in the SDK's simulator, with the window of a tCam-Mini. Builds it, starts a virtual board,
 * xsbug and mcsim, and ends them all at Ctrl-C or when one of board and mcsim ends (docs/sdk.md).
 */
import { Command } from "commander";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { buildSimulators, configure, folders, make, openSdk, type Sdk, SdkError } from "./sdk-build";

const root = join(__dirname, "../..");
/** Settings of mcsim: not those of the user, whose simulators are the SDK's. */
const settings = join(root, "build/mcsim/config");
/** As GLib names them: mcsim's application identifier. */
const WINDOW_SETTINGS = "tech.moddable.mcsim.ini";
/** Room for the controls and the drawing. */
const WINDOW = "[window]\nfullscreen=false\nmaximized=false\nx=40\ny=40\nwidth=900\nheight=680\n";
const XSBUG_PORT = 5002;
/** Of the control API: xsbug has its usual one. */
const CONTROL_PORT = "5003";
/** Real milliseconds in which xsbug listens. */
const XSBUG_LIMIT = 20_000;
/** Real milliseconds after which a program that was asked to end is killed. */
const END_LIMIT = 10_000;

/** Builds the firmware for xsbug. @returns path of the program */
function build(sdk: Sdk): string {
  console.log("Building the firmware with the Moddable SDK (the first time takes a minute or two)...");
  configure(sdk, "lin");
  make(sdk, "lin", ["build"]);
  return join(folders(sdk, "lin").products, "mc.so");
}

/** A program that is ended before this one. In a process group of its own, as Ctrl-C ends them in order. */
class Part {
  readonly ended: Promise<number | null>;
  readonly child: ChildProcess;

  constructor(command: readonly [string, ...string[]], environment: NodeJS.ProcessEnv, stdio: "ignore" | "pipe") {
    const [program, ...args] = command;
    this.child = spawn(program, args, {
      cwd: root,
      env: environment,
      stdio: ["ignore", stdio, "inherit"],
      detached: true,
    });
    this.ended = new Promise((resolve) => {
      this.child.once("error", (error) => {
        console.error(`mcsim: ${program} cannot be started: ${error.message}`);
        resolve(null);
      });
      this.child.once("exit", (code) => resolve(code));
    });
  }

  async end(): Promise<void> {
    this.child.kill("SIGTERM");
    const limit = setTimeout(() => this.child.kill("SIGKILL"), END_LIMIT);
    await this.ended;
    clearTimeout(limit);
  }
}

/** Starts a virtual board that waits for the firmware. @returns the firmware's variables; undefined: it has ended */
function startBoard(args: readonly string[]): { board: Part; variables: Promise<NodeJS.ProcessEnv | undefined> } {
  const start = [join(root, "node_modules/tsx/dist/cli.mjs"), "simulator/start.ts"];
  const options = ["--no-firmware", "--control", CONTROL_PORT, ...args];
  const board = new Part([process.execPath, ...start, ...options], process.env, "pipe");
  const printed = new Promise<NodeJS.ProcessEnv>((resolve) => {
    createInterface({ input: board.child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      const [, TCAM_BOARD, TCAM_LISTEN] = /^ *TCAM_BOARD=(.*) TCAM_LISTEN=(\S+)$/.exec(line) ?? [];
      if (TCAM_BOARD !== undefined) resolve({ TCAM_BOARD, TCAM_LISTEN });
      else if (!line.includes("Start the firmware with")) console.log(line);
    });
  });
  return { board, variables: Promise.race([printed, board.ended.then(() => undefined)]) };
}

/** A program of this computer listens on the port. */
function isTaken(port: number): boolean {
  const listening = new RegExp(`:${port.toString(16).toUpperCase().padStart(4, "0")} \\S+ 0A `);
  return ["/proc/net/tcp", "/proc/net/tcp6"].some(
    (file) => existsSync(file) && listening.test(readFileSync(file, "utf8")),
  );
}

/** Starts xsbug, unless one runs. Resolves when it listens. */
async function startXsbug(tools: string): Promise<Part | undefined> {
  if (isTaken(XSBUG_PORT)) return undefined;
  const xsbug = new Part([join(tools, "xsbug")], process.env, "ignore");
  for (const end = performance.now() + XSBUG_LIMIT; !isTaken(XSBUG_PORT) && performance.now() < end;)
    if (await Promise.race([xsbug.ended.then(() => true), new Promise((resolve) => setTimeout(resolve, 50))])) break;
  return xsbug;
}

/** Not the instance of the SDK's window that may run in the user's session. */
const OWN_INSTANCE = { DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent" };
/** Nothing listens there: the firmware runs without a debugger. */
const NO_XSBUG = { XSBUG_HOST: "127.0.0.1", XSBUG_PORT: "9" };

function startMcsim(tools: string, library: string, environment: NodeJS.ProcessEnv): Part {
  mkdirSync(settings, { recursive: true });
  const window = join(settings, WINDOW_SETTINGS);
  if (!existsSync(window)) writeFileSync(window, WINDOW);
  const own = { ...process.env, ...OWN_INSTANCE, XDG_CONFIG_HOME: settings, ...environment };
  // Its output appears line by line.
  return new Part(["stdbuf", "-oL", join(tools, "mcsim"), buildSimulators(), library], own, "pipe");
}

/** Prints the firmware's log, without the SDK's samples of memory use. */
function printLog({ child }: Part): void {
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
    if (!/^instruments( key)?: /.test(line)) console.log(line);
  });
}

function asked(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, resolve);
  });
}

/** @throws SdkError */
function checkTools(xsbug: boolean): string {
  const { MODDABLE, DISPLAY, WAYLAND_DISPLAY } = process.env;
  if (!MODDABLE) throw new SdkError("MODDABLE is not set: it names the folder of the Moddable SDK (docs/sdk.md)");
  const tools = join(MODDABLE, "build/bin/lin/release");
  for (const tool of xsbug ? ["mcsim", "xsbug"] : ["mcsim"])
    if (!existsSync(join(tools, tool))) throw new SdkError(`no ${tool} in ${tools}: the SDK's tools are not built`);
  if (!DISPLAY && !WAYLAND_DISPLAY) throw new SdkError("there is no display for its window (DISPLAY is not set)");
  return MODDABLE;
}

/** @returns whether xsbug is wanted, and the options of `npm start` */
function parse(): { xsbug: boolean; args: readonly string[] } {
  const program = new Command("npm run mcsim --")
    .description("The firmware in the Moddable SDK's simulator, with the window of a tCam-Mini.")
    .option("--no-xsbug", "without the debugger: the firmware's log is printed here")
    .allowUnknownOption()
    .allowExcessArguments()
    .addHelpText("after", "\nOther options are those of `npm start`, which `npm start -- --help` lists.")
    .parse();
  return { xsbug: program.opts<{ xsbug: boolean }>().xsbug, args: program.args };
}

async function main(): Promise<void> {
  const { xsbug, args } = parse();
  const sdk: Sdk = { ...openSdk(checkTools(xsbug)), debug: true };
  const library = build(sdk);
  const tools = join(sdk.moddable, "build/bin/lin/release");
  const end = asked();
  const { board, variables } = startBoard(args);
  const parts = [board];
  try {
    const environment = await Promise.race([variables, end.then(() => undefined)]);
    if (!environment) return void (process.exitCode = (await Promise.race([board.ended, end])) ?? 0);
    const started = xsbug ? await startXsbug(tools) : undefined;
    if (started) parts.push(started);
    const mcsim = startMcsim(tools, library, { ...environment, ...(xsbug ? {} : NO_XSBUG) });
    parts.push(mcsim);
    printLog(mcsim);
    // The SDK's window may crash while it ends.
    process.exitCode = (await Promise.race([end.then(() => 0), mcsim.ended, board.ended])) ?? 0;
  } finally {
    await Promise.all(parts.reverse().map((part) => part.end()));
  }
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    if (error instanceof SdkError && error.details) console.error(error.details.trimEnd());
    console.error(error instanceof SdkError ? `mcsim: ${error.message}` : error);
    process.exit(1);
  },
);
