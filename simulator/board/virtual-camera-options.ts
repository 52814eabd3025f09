// SPDX-License-Identifier: Apache-2.0
/** What a device can be started with, and what is said when it cannot. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { canRun, firmwareRoot, hostProgram, type Variant } from "../../tools/build";
import type { LeptonOptions, Model, Scene } from "../lepton";
import type { Mode } from "./virtual-board";
import type { LogLine } from "./journal";

export interface VirtualCameraOptions {
  /** Where the camera's port 5001 is found. Default 127.0.0.1 and a free port. */
  readonly host?: string;
  readonly port?: number;
  /** What the camera remembers; default: a folder of its own that is removed by `stop`. */
  readonly dataDirectory?: string;
  /** A scene, its name, or a recording's file. Default `default`. */
  readonly scene?: string | Scene;
  /** Default 3.5. */
  readonly lepton?: Model;
  /** More about the sensor, such as its strictness. */
  readonly leptonOptions?: Partial<Omit<LeptonOptions, "clock" | "log" | "model" | "scene">>;
  /** Board seconds in a real second. Default 1. */
  readonly speed?: number;
  readonly mode?: Mode;
  readonly seed?: number;
  readonly mac?: string;
  /** Which build of the XS host. Default release. */
  readonly variant?: Variant;
  /** Program and arguments that are the firmware, instead of the XS host. Its time is real: only with speed 1. */
  readonly command?: readonly string[];
  /** Start no firmware: it comes from outside, and is told by `firmwareEnvironment` where the board is. Its time is real. */
  readonly outside?: boolean;
  /** Port of the control API; 0 (default) a free one, undefined none. */
  readonly control?: number | undefined;
  /** The serial port as a pseudo-terminal, too. Default no. */
  readonly terminal?: boolean;
  /** Flash takes its time. Default no. */
  readonly flashTiming?: boolean;
  /** Added to the firmware's environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Called with each log line, from the first on. */
  readonly onLog?: (line: LogLine) => void;
  /** Longest wait of `ready`, in real milliseconds. Default 20,000. */
  readonly readyTimeout?: number;
}

/** The device cannot be started. One line for a person. */
export class VirtualCameraError extends Error {}

/** @throws VirtualCameraError */
export function checkSpeed({ command, outside }: VirtualCameraOptions, speed: number): void {
  if ((command || outside) && speed !== 1)
    throw new VirtualCameraError("only the XS host runs at another speed than 1");
}

/** @throws VirtualCameraError */
export function checkFirmware(options: VirtualCameraOptions): void {
  checkSpeed(options, options.speed ?? 1);
  const [program = ""] = options.command ?? [];
  // Said once, before the board tries to start it again and again.
  if (options.command && !canRun(program))
    throw new VirtualCameraError(`there is no program ${program} to be the firmware`);
  if (options.command || options.outside) return;
  const host = hostProgram(options.variant);
  if (!existsSync(host)) throw new VirtualCameraError(`the XS host is not built (${host}): npm run build`);
  if (!existsSync(join(firmwareRoot, "main.js")))
    throw new VirtualCameraError("the firmware is not built: npm run build");
}

/** One line for a person. */
export function portProblem(error: NodeJS.ErrnoException, host: string, port: number): string {
  if (error.code === "EADDRINUSE")
    return `port ${port} on ${host} is taken: choose another one (--port, --control), or end the program that uses it`;
  if (error.code === "EACCES") return `port ${port} may not be used: choose one above 1023`;
  if (error.code === "EADDRNOTAVAIL" || error.code === "ENOTFOUND") return `${host} is not an address of this computer`;
  return `port ${port} on ${host}: ${error.message}`;
}
