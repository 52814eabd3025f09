// SPDX-License-Identifier: Apache-2.0
/** The firmware as a process of this computer: the engine runner with the compiled firmware. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import type { FirmwareProcess } from "./firmware-clock";

/** How a run ended: exactly one of the two is a value. */
export interface RunEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A run of the firmware. */
export interface Run extends FirmwareProcess {
  readonly ended: Promise<RunEnd>;
  /** Resident memory and CPU are read from outside by this. Undefined when the process could not be started. */
  readonly pid: number | undefined;
  /** The watchdog looks after it: not after a firmware that a debugger may stop for as long as its reader likes. */
  readonly watched: boolean;
  /** Ends it at once, without a chance to tidy up: as a reset does. */
  kill(): void;
  /** Stops its process, until it is killed: a hang of a firmware that is not in lock-step. */
  suspend(): void;
}

/** Starts the firmware. @param line takes what it prints, line by line */
export type Launch = (line: (text: string) => void) => Run;

export interface FirmwareProgram {
  /** The engine runner. */
  readonly host: string;
  /** Folder of the compiled modules. */
  readonly root: string;
  /** The runner's module map. */
  readonly map: string;
  /** Specifier of the module that starts. */
  readonly main: string;
  /** Socket of the board. */
  readonly board: string;
  /** `port=address:port`, comma separated: where the firmware's ports are found on this computer. */
  readonly listen: string;
  /** Added to the environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Program and arguments that are the firmware, instead of the engine runner: such as a build of the SDK. */
  readonly command?: readonly string[];
}

/** Exit codes of the engine runner (platforms/linux/native/runner.h). */
export const EXIT_RESTART = 75;
export const EXIT_EXCEPTION = 70;

function eachLine(stream: Readable, line: (text: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(line);
  });
  stream.on("end", () => rest !== "" && line(rest));
}

/** Clock ticks in a second of /proc/PID/stat: USER_HZ, the same on every Linux. */
const TICKS = 100;

/** CPU time a process has used, in seconds, as far as the system says. */
function cpuSeconds(pid: number | undefined): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name, in parentheses, may hold anything; utime and stime are the 12th and 13th field behind it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return undefined;
  }
}

/** @returns what starts it, each time with the program as it is then */
export function firmwareLauncher(program: () => FirmwareProgram): Launch {
  return (line) => {
    const { host, root, map, main, board, listen, environment, command } = program();
    const [file = host, ...args] = command ?? [host, "--root", root, "--map", map, "--lock-step", main];
    const child = spawn(file, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...environment, TCAM_BOARD: board, TCAM_LISTEN: listen },
      // A process group of its own: Ctrl-C is the launcher's, who ends the firmware in order.
      detached: true,
    });
    eachLine(child.stdout, line);
    eachLine(child.stderr, line);
    const ended = new Promise<RunEnd>((resolve) => {
      child.once("error", (error) => {
        line(`E (0) board: ${file} cannot be started: ${error.message}`);
        resolve({ code: EXIT_EXCEPTION, signal: null });
      });
      // Waits for a whole turn of the event loop, in which its last bytes on the board's socket are read.
      child.once("close", (code, signal) => setImmediate(() => setImmediate(() => resolve({ code, signal }))));
    });
    return {
      ended,
      pid: child.pid,
      watched: true,
      lockStep: command === undefined,
      cpuSeconds: () => cpuSeconds(child.pid),
      kill: () => void child.kill("SIGKILL"),
      suspend: () => void child.kill("SIGSTOP"),
    };
  };
}
