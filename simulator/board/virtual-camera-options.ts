// SPDX-License-Identifier: Apache-2.0
/** Options of a virtual camera, and the errors when it cannot be started. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { firmwareRoot, runnerProgram, type Variant } from "../../tools/build";
import { canRun } from "../../tools/programs";
import type { LeptonOptions, Model, Scene } from "../lepton";
import type { Mode } from "./virtual-board";
import type { LogLine } from "./journal";
import type { Speed } from "./pacer";
import type { FlashTimes } from "./storage/flash-chip";

export interface VirtualCameraOptions {
  /** Address and port of this computer for the camera's port 5001. Default 127.0.0.1 and a free port. */
  readonly host?: string;
  readonly port?: number;
  /** Port of this computer for the camera's web server; false: it is closed. Default a free one. */
  readonly http?: number | false;
  /** Folder of the camera's storage. Default a temporary one, which `stop` removes. */
  readonly dataDirectory?: string;
  /** A scene, its name, or the path of a recorded image. Default `default`. */
  readonly scene?: string | Scene;
  /** Default 3.5. */
  readonly lepton?: Model;
  /** Further options of the sensor, such as its strictness. */
  readonly leptonOptions?: Partial<Omit<LeptonOptions, "clock" | "log" | "model" | "scene">>;
  /** Board seconds per real second, or as fast as possible, or only by `advance`. Default 1. */
  readonly speed?: Speed;
  /**
   * `real`: TCP and UDP of this computer. `virtual`: the board carries them, in board time, and programs in this process use
   * `connect`, `listen` and `udp`. Default `real`.
   */
  readonly network?: "real" | "virtual";
  readonly mode?: Mode;
  readonly seed?: number;
  readonly mac?: string;
  /** Build of the engine runner. Default release. */
  readonly variant?: Variant;
  /** Program and arguments that run as the firmware in place of the engine runner. Runs in real time: only with speed 1. */
  readonly command?: readonly string[];
  /** Folder of compiled modules whose `main` runs as the firmware. Default: that of the build. */
  readonly firmwareRoot?: string;
  /** Map from the specifiers of the firmware's modules to files below `firmwareRoot`. Default: that of the build. */
  readonly moduleMap?: string;
  /** Specifier of the module that starts as the firmware. Default: `main`, the camera. */
  readonly main?: string;
  /** Start no firmware: another process runs it, with the variables of `firmwareEnvironment` and in real time. */
  readonly outside?: boolean;
  /** Port of the control API; 0 (default): a free one, undefined: no control API. */
  readonly control?: number | undefined;
  /** The serial port as a pseudo-terminal as well. Default false. */
  readonly terminal?: boolean;
  /** Flash operations take as long as on the chip, and stop the firmware meanwhile; see VirtualBoardOptions. Default false. */
  readonly flashTiming?: boolean | FlashTimes;
  /** Added to the firmware's environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Called with each log line. */
  readonly onLog?: (line: LogLine) => void;
  /** Longest wait of `ready`, in milliseconds. Default 20,000. */
  readonly readyTimeout?: number;
}

/** The virtual camera cannot be started. One line for the user. */
export class VirtualCameraError extends Error {}

/** @throws VirtualCameraError */
export function checkSpeed({ command, outside }: VirtualCameraOptions, speed: Speed): void {
  if ((command || outside) && speed !== 1)
    throw new VirtualCameraError("only the engine runner can run at another speed than 1");
}

/** @throws VirtualCameraError */
export function checkFirmware(options: VirtualCameraOptions): void {
  if ((options.command || options.outside) && options.network === "virtual")
    throw new VirtualCameraError("only the engine runner can use the virtual network");
  checkSpeed(options, options.speed ?? 1);
  const [program = ""] = options.command ?? [];
  // Checked first: otherwise the board restarts the failing program repeatedly.
  if (options.command && !canRun(program))
    throw new VirtualCameraError(`no program ${program}, which --firmware names`);
  if (options.command || options.outside) return;
  const runner = runnerProgram(options.variant);
  if (!existsSync(runner)) throw new VirtualCameraError(`the engine runner is not built (${runner}): npm run build`);
  if (!existsSync(join(firmwareRoot, "main.js")))
    throw new VirtualCameraError("the firmware is not built: npm run build");
}

/** The error as one line for the user. */
export function portProblem(error: NodeJS.ErrnoException, host: string, port: number): string {
  if (error.code === "EADDRINUSE")
    return `port ${port} on ${host} is taken: choose another one (--port, --http, --control), or end the program that uses it`;
  if (error.code === "EACCES") return `port ${port} may not be used: choose one above 1023`;
  if (error.code === "EADDRNOTAVAIL" || error.code === "ENOTFOUND") return `${host} is not an address of this computer`;
  return `port ${port} on ${host}: ${error.message}`;
}
