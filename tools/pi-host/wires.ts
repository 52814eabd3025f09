// SPDX-License-Identifier: Apache-2.0
/**
 * The two wires of the hardware interface as streams: a serial port, and an SPI bus.
 * Node has no API for either: two small programs (tools/pi-host/native) are compiled at first use and run.
 */
import { execFile, spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { statSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { promisify } from "node:util";

const NATIVE = join(__dirname, "native");
const PROGRAMS = join(__dirname, "../../build/pi-host");
const OPENED = "open\n";

/** A wire that cannot be used. One line for a person. */
export class WireError extends Error {}

let built: Promise<unknown> | undefined;

/** Compiles the programs that are missing or out of date. @throws WireError */
async function build(): Promise<void> {
  built ??= promisify(execFile)("make", ["-s", "-C", NATIVE, `OUT=${PROGRAMS}`]);
  try {
    await built;
  } catch (error) {
    built = undefined;
    throw new WireError(`the programs in tools/pi-host/native cannot be compiled: ${(error as Error).message}`);
  }
}

/** @param path of a serial port: /dev/serial0 on a Raspberry Pi, or the pseudo-terminal of a virtual board */
export async function openSerial(path: string): Promise<Duplex> {
  return openProgram("serial-line", path);
}

/**
 * @param path of an SPI device: /dev/spidev0.0 on a Raspberry Pi, or the socket of a virtual board
 * @returns takes requests (u32 byte count, u32 Hz, little-endian) and answers each with its bytes
 */
export async function openSpi(path: string): Promise<Duplex> {
  const isSocket = statSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
  return isSocket ? openSocket(path) : openProgram("spi-bus", path);
}

function openSocket(path: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("error", (error) => reject(new WireError(`${path}: ${error.message}`)));
    socket.once("connect", () => {
      socket.removeAllListeners("error");
      resolve(socket);
    });
  });
}

async function openProgram(name: string, path: string): Promise<Duplex> {
  await build();
  // In its own session: Ctrl-C, SIGHUP and signals to the process group reach only the host, which then ends this program.
  const child = spawn(join(PROGRAMS, name), [path], { stdio: "pipe", env: process.env, detached: true });
  const program = new Program(child);
  await program.opened;
  return program;
}

/** One of the programs as a stream. Ends with the stream; if it ends earlier, the stream fails with the program's error message. */
class Program extends Duplex {
  /** Resolves when the program has opened its device. */
  readonly opened: Promise<void>;
  readonly #child: ChildProcessWithoutNullStreams;
  #said = "";
  #works = false;

  constructor(child: ChildProcessWithoutNullStreams) {
    super();
    this.#child = child;
    child.stdin.on("error", () => undefined); // its end is reported by its exit
    child.stderr.on("data", (bytes: Buffer) => (this.#said += bytes.toString()));
    this.opened = new Promise((resolve, reject) => {
      child.once("error", (error) => reject(new WireError(error.message)));
      child.once("close", () => {
        const error = new WireError(this.#said.trim() || "the program that holds the port has ended");
        reject(error);
        if (!this.destroyed) this.destroy(this.#works && !this.writableEnded ? error : undefined);
      });
      let head = "";
      const onHead = (bytes: Buffer): void => {
        head += bytes.toString("latin1");
        if (head.length < OPENED.length) return;
        child.stdout.off("data", onHead);
        child.stdout.on("data", (piece: Buffer) => this.#receive(piece));
        if (head.length > OPENED.length) this.#receive(Buffer.from(head.slice(OPENED.length), "latin1"));
        this.#works = true;
        resolve();
      };
      child.stdout.on("data", onHead);
    });
  }

  #receive(bytes: Buffer): void {
    if (!this.push(bytes)) this.#child.stdout.pause();
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#child.stdin.write(bytes)) done();
    else this.#child.stdin.once("drain", () => done());
  }

  override _final(done: () => void): void {
    this.#child.stdin.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#child.stdin.destroy();
    this.#child.kill();
    done(error);
  }
}
