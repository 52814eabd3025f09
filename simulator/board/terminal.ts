// SPDX-License-Identifier: Apache-2.0
/** The serial port as a pseudo-terminal, through a small helper program: Node has no pseudo-terminals. */
import { type ChildProcessWithoutNullStreams, execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { SerialPort } from "./channels/serial";

const SOURCE = join(__dirname, "pty-bridge.c");

/** Compiles the helper if it is missing or older than its source. @returns its path */
async function buildBridge(folder: string): Promise<string> {
  const program = join(folder, "pty-bridge");
  if (existsSync(program) && statSync(program).mtimeMs >= statSync(SOURCE).mtimeMs) return program;
  mkdirSync(folder, { recursive: true });
  const fresh = `${program}.${process.pid}`;
  await promisify(execFile)(process.env.CC ?? "cc", ["-std=c11", "-O2", "-Wall", "-Wextra", "-o", fresh, SOURCE]);
  renameSync(fresh, program);
  return program;
}

export class Terminal {
  /** Path for the host, such as /dev/pts/3. */
  readonly path: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ends: (() => void)[];

  private constructor(path: string, child: ChildProcessWithoutNullStreams, ends: (() => void)[]) {
    this.path = path;
    this.#child = child;
    this.#ends = ends;
  }

  /** Bridges a serial port to a new pseudo-terminal. Rejects with an Error when the helper cannot be built or fails. */
  static async open(port: SerialPort): Promise<Terminal> {
    const program = await buildBridge(join(dirname(dirname(__dirname)), "build"));
    const child = spawn(program, { stdio: "pipe", detached: true });
    child.stdin.on("error", () => undefined); // the helper's exit is the report
    const path = await firstLine(child);
    const ends = [port.received.subscribe((bytes) => void child.stdin.write(bytes))];
    child.stdout.on("data", (bytes: Buffer) => {
      // Flow control: the terminal's buffer holds the rest.
      if (!port.write(bytes)) child.stdout.pause();
    });
    ends.push(port.drained.subscribe(() => void child.stdout.resume()));
    ends.push(port.attached.subscribe(() => void child.stdout.resume()));
    return new Terminal(path, child, ends);
  }

  close(): Promise<void> {
    this.#ends.forEach((end) => end());
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      child.once("exit", () => resolve());
      child.stdout.resume();
      child.stdin.end();
    });
  }
}

function firstLine(child: ChildProcessWithoutNullStreams): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const onData = (bytes: Buffer): void => {
      text += bytes.toString();
      if (!text.includes("\n")) return;
      child.stdout.off("data", onData);
      resolve(text.slice(0, text.indexOf("\n")));
    };
    child.stdout.on("data", onData);
    let error = "";
    child.stderr.on("data", (bytes: Buffer) => (error += bytes.toString()));
    child.once("error", reject);
    child.once("exit", () => reject(new Error(error.trim() || "the helper of the pseudo-terminal has ended")));
  });
}
