// SPDX-License-Identifier: Apache-2.0
/**
 * A whole camera to start and steer from a program: the virtual board, the emulated Lepton, the firmware as its own process.
 * The launcher, the device tests and the benchmark are made of it. Many may run at once: ports and folders are their own.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { firmwareRoot, runnerProgram, moduleMap } from "../../tools/build";
import type { Scene } from "../lepton";
import { printable } from "../../tools/tcam/printable";
import { VirtualBoard } from "./virtual-board";
import { InputError } from "./control/fields";
import { ControlServer } from "./control/server";
import { makeRoutes } from "./control/routes";
import {
  checkFirmware,
  checkSpeed,
  VirtualCameraError,
  type VirtualCameraOptions,
  portProblem,
} from "./virtual-camera-options";
import { firmwareLauncher } from "./firmware-process";
import { closeFolders, dataProblem, type Folders, openFolders } from "./folders";
import { HostSpiServer } from "./host-spi-server";
import type { LogLine } from "./journal";
import { OutsideFirmware } from "./outside-firmware";
import type { Speed } from "./pacer";
import { VirtualDatagramSocket } from "./network/datagram-socket";
import { CAMERA_ADDRESS, type VirtualNetwork } from "./network/network";
import { VirtualServer } from "./network/server";
import { VirtualSocket, type VirtualSocketOptions } from "./network/socket";
import { findPort, interfaceAddresses, isListening } from "./ports";
import { openScene, recordedScene } from "./scenes";
import { DiskError, onDisk } from "./storage/disk";
import { Terminal } from "./terminal";
import { projectVersion } from "./version";

export { VirtualCameraError, type VirtualCameraOptions } from "./virtual-camera-options";

/** Real milliseconds. */
const POLL = 15;
const READY_TIMEOUT = 20_000;
/** On the virtual network. */
const CAMERA_PORT = 5001;
const HTTP_PORT = 80;

/** Of the operating system, for the path of a Unix socket. */
const SOCKET_PATH_BYTES = 107;

export class VirtualCamera {
  readonly board: VirtualBoard;
  readonly host: string;
  /** TCP port of the camera. */
  readonly port: number;
  /** TCP port of the camera's web server; undefined: it is closed. */
  readonly http: number | undefined;
  /** Unix socket of the hardware interface's SPI bus. */
  readonly hostSpiPath: string;
  readonly #options: VirtualCameraOptions;
  readonly #outside = new OutsideFirmware();
  readonly #folders: Folders;
  readonly #hostSpi: HostSpiServer;
  readonly #control: ControlServer;
  #controlPort: number | undefined;
  #terminal: Terminal | undefined;
  #stopped: Promise<void> | undefined;

  private constructor(options: VirtualCameraOptions, ports: Ports, folders: Folders, scene: Scene) {
    this.#options = options;
    this.host = options.host ?? "127.0.0.1";
    this.port = ports.port;
    this.http = ports.http;
    this.#folders = folders;
    this.hostSpiPath = join(folders.runtime, "host-spi");
    const seed = options.seed ?? 1;
    this.board = new VirtualBoard({
      dataDirectory: folders.data.path,
      version: projectVersion(),
      launch: options.outside ? this.#outside.launch : this.#launcher(),
      ...(options.outside && { onFirmwareGone: () => this.#outside.gone() }),
      lepton: { seed, ...options.leptonOptions, model: options.lepton ?? "3.5", scene },
      seed,
      speed: options.speed ?? 1,
      ...(options.mode && { mode: options.mode }),
      ...(options.mac !== undefined && { mac: options.mac }),
      network: options.network === "virtual",
      ...(options.flashTiming !== undefined && { flashTiming: options.flashTiming }),
    });
    this.#hostSpi = new HostSpiServer(this.board.hostSpi);
    this.#control = new ControlServer(makeRoutes(this.#controlled()), this.board.journal);
  }

  /**
   * Starts a device. What must be built is built before (tools/build.ts). Resolves when the power is on; see `ready`.
   * @throws VirtualCameraError, SceneError
   */
  static async start(options: VirtualCameraOptions): Promise<VirtualCamera> {
    const host = options.host ?? "127.0.0.1";
    checkFirmware(options);
    const scene =
      typeof options.scene === "object" ? options.scene : openScene(options.scene ?? "default", options.seed);
    const ports = await findPorts(host, options);
    const folders = openFolders(options.dataDirectory);
    let device: VirtualCamera | undefined;
    try {
      device = new VirtualCamera(options, ports, folders, scene);
      await device.#begin();
    } catch (error) {
      if (device) await device.stop();
      else closeFolders(folders);
      throw error instanceof DiskError ? dataProblem(error) : error;
    }
    return device;
  }

  /** The addresses at which the camera is found now: of all interfaces where it listens on all. */
  get addresses(): string[] {
    return interfaceAddresses(this.host);
  }
  /** Port of the control API, if there is one. */
  get control(): number | undefined {
    return this.#controlPort;
  }
  /** Path of the serial port's pseudo-terminal, if there is one. */
  get terminal(): string | undefined {
    return this.#terminal?.path;
  }
  get dataDirectory(): string {
    return this.#folders.data.path;
  }
  get speed(): Speed {
    return this.board.pacer.speed;
  }
  /** What a firmware from outside needs in its environment. */
  get firmwareEnvironment(): Readonly<Record<"TCAM_BOARD" | "TCAM_LISTEN", string>> {
    return { TCAM_BOARD: this.#boardPath, TCAM_LISTEN: this.#listen };
  }
  /** The last log lines, firmware's and board's. */
  get log(): LogLine[] {
    return this.board.journal.since();
  }

  /**
   * Resolves when the firmware can be spoken to: it listens (WiFi mode), or has opened its serial port.
   * @param timeout on the virtual network in board time, elsewhere in real time; milliseconds
   * @throws VirtualCameraError
   */
  async ready(timeout = this.#options.readyTimeout ?? READY_TIMEOUT): Promise<void> {
    if (this.hasVirtualNetwork && this.board.mode === "wifi")
      return this.until("the firmware listens", () => this.#listens, timeout);
    const until = performance.now() + timeout;
    while (!(await this.#reachable())) {
      if (performance.now() > until || this.#stopped) {
        const last = this.log.slice(-15).map((line) => `  ${line.level} ${printable(`${line.part}: ${line.text}`)}`);
        throw new VirtualCameraError(
          `the firmware is not ready after ${timeout} ms; its log ends with\n${last.join("\n")}`,
        );
      }
      await Promise.all([
        new Promise((resolve) => setTimeout(resolve, POLL)),
        this.speed === "stepped" && this.advance(POLL),
      ]);
    }
  }

  /**
   * The first log line that matches, among those kept and those to come. A stepped camera's time passes for it.
   * @param pattern is tried on `part: text`
   * @param limit in milliseconds of board time
   * @param after only lines with a higher number
   * @throws VirtualCameraError after `limit`
   */
  async waitForLog(pattern: RegExp, limit = 60_000, after = 0): Promise<LogLine> {
    const { journal } = this.board;
    const matches = (line: LogLine): boolean => line.number > after && pattern.test(`${line.part}: ${line.text}`);
    let found = journal.since(after).find(matches);
    const end = journal.lines.subscribe((line) => {
      if (!found && matches(line)) found = line;
    });
    try {
      await this.until(`a log line matches ${String(pattern)}`, () => found !== undefined, limit);
    } finally {
      end();
    }
    return found as LogLine;
  }

  /** Board and firmware run at this speed from now on. @throws VirtualCameraError where the firmware's time is real */
  setSpeed(speed: Speed): void {
    checkSpeed(this.#options, speed);
    this.board.pacer.speed = speed;
  }

  /**
   * Lets so many milliseconds pass, if the camera is stepped (`speed: "stepped"`).
   * @returns when they have passed and the firmware waits
   * @throws RangeError when it is not stepped
   */
  advance(ms: number): Promise<void> {
    return this.board.pacer.advance(ms);
  }

  /**
   * Resolves when `holds` is true; it is asked after each event of the board. A stepped camera's time passes for it.
   * @param limit in milliseconds of board time
   * @throws VirtualCameraError after it
   */
  async until(what: string, holds: () => boolean, limit: number): Promise<void> {
    if (await this.board.pacer.until(holds, limit)) return;
    const last = this.log.slice(-15).map((line) => `  ${line.level} ${printable(`${line.part}: ${line.text}`)}`);
    throw new VirtualCameraError(
      `not within ${limit} ms of board time: ${what}; the log ends with\n${last.join("\n")}`,
    );
  }

  get hasVirtualNetwork(): boolean {
    return this.#options.network === "virtual";
  }
  /** The virtual network. @throws VirtualCameraError when the camera uses this computer's */
  get network(): VirtualNetwork {
    if (!this.hasVirtualNetwork) throw new VirtualCameraError('the camera is not started with network: "virtual"');
    return this.board.network;
  }

  /**
   * Connects to the camera over the virtual network, as `connect` of node:net does: `connect` or `error` follows.
   * @param options.address the client's
   * @throws VirtualCameraError without the virtual network
   */
  connect(port = CAMERA_PORT, options: VirtualSocketOptions & { readonly address?: string } = {}): VirtualSocket {
    return VirtualSocket.connect(this.network, port, options);
  }

  /**
   * Serves connections of the firmware to this port, at any address.
   * @param port 0: a free one
   * @throws VirtualCameraError without the virtual network; Error when the port is taken
   */
  listen(
    port: number,
    onConnection: (socket: VirtualSocket) => void,
    options: VirtualSocketOptions = {},
  ): VirtualServer {
    return new VirtualServer(this.network, port, options).on("connection", onConnection);
  }

  /**
   * A UDP socket on the virtual network.
   * @param options.port default: a free one
   * @throws VirtualCameraError without the virtual network
   */
  udp({ port = 0, address = CAMERA_ADDRESS }: { port?: number; address?: string } = {}): VirtualDatagramSocket {
    return new VirtualDatagramSocket(this.network, { address, port });
  }

  /** Ends everything: no process, socket or temporary file is left. Safe twice. */
  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  async #begin(): Promise<void> {
    this.board.endpoints = () => this.#endpoints();
    if (this.#options.onLog) this.board.journal.lines.subscribe(this.#options.onLog);
    const wanted = "control" in this.#options ? this.#options.control : 0;
    if (wanted !== undefined) {
      this.#controlPort = await this.#control.listen(wanted).catch((error: NodeJS.ErrnoException) => {
        throw new VirtualCameraError(`control API: ${portProblem(error, "127.0.0.1", wanted)}`);
      });
    }
    checkSocketPath(this.hostSpiPath, "TMPDIR");
    await this.#hostSpi.listen(this.hostSpiPath);
    checkSocketPath(this.#boardPath, "data folder");
    // One that was killed has left its socket there; the folder is ours.
    onDisk(this.#boardPath, () => rmSync(this.#boardPath, { force: true }));
    if (this.#options.terminal) this.#terminal = await openTerminal(this.board);
    await this.board.start(this.#boardPath);
  }

  /** Beside what the camera remembers, where a firmware from outside finds it in the same place each time. */
  get #boardPath(): string {
    const { data, runtime } = this.#folders;
    return join(this.#options.outside ? data.path : runtime, "board");
  }
  /** Where the camera's ports are reached; those of the virtual network are its own. */
  #endpoints(): Readonly<Record<`endpoint-${number}`, string>> {
    const closed = this.http === undefined;
    if (this.#options.network === "virtual") return closed ? { "endpoint-80": "closed" } : {};
    const addresses = this.addresses.join();
    return {
      "endpoint-5001": `${addresses}:${this.port}`,
      "endpoint-80": closed ? "closed" : `${addresses}:${this.http}`,
    };
  }
  get #listen(): string {
    const http = this.http === undefined ? "" : `80=${this.host}:${this.http},`;
    return `${http}5001=${this.host}:${this.port}`;
  }

  async #end(): Promise<void> {
    await this.board.stop();
    await this.#terminal?.close();
    await this.#hostSpi.close();
    await this.#control.close();
    closeFolders(this.#folders);
  }

  /** On the virtual network. */
  get #listens(): boolean {
    return this.board.chip.state === "running" && this.board.network.listens(this.port);
  }

  #reachable(): Promise<boolean> {
    if (this.board.chip.state !== "running") return Promise.resolve(false);
    if (this.board.mode === "serial") return Promise.resolve(this.board.serial.open);
    if (this.hasVirtualNetwork) return Promise.resolve(this.#listens);
    return isListening(this.host, this.port);
  }

  #launcher(): ReturnType<typeof firmwareLauncher> {
    return firmwareLauncher(() => ({
      host: runnerProgram(this.#options.variant),
      root: this.#options.firmwareRoot ?? firmwareRoot,
      map: this.#options.moduleMap ?? moduleMap,
      main: this.#options.main ?? "main",
      board: this.#boardPath,
      listen: this.#listen,
      ...(this.#options.environment && { environment: this.#options.environment }),
      ...(this.#options.command && { command: this.#options.command }),
    }));
  }

  #controlled(): Parameters<typeof makeRoutes>[0] {
    const { board } = this;
    return {
      board,
      describe: () => ({
        address: this.host,
        port: this.port,
        serial: this.terminal ?? null,
        hostSpiSocket: this.hostSpiPath,
        dataDirectory: this.dataDirectory,
      }),
      setScene: (name) => (board.lepton.scene = openScene(name, this.#options.seed)),
      setRecording: (image) =>
        (board.lepton.scene = recordedScene(JSON.stringify(image), "an image sent to the control API")),
      setSpeed: (speed) => {
        try {
          this.setSpeed(speed);
        } catch (error) {
          throw error instanceof VirtualCameraError ? new InputError(error.message) : error;
        }
      },
    };
  }
}

/** Ports of this computer for the camera's own; of the virtual network, whose ports are those of the camera. */
interface Ports {
  readonly port: number;
  readonly http: number | undefined;
}

/** Rejects with VirtualCameraError. */
async function findPorts(host: string, { network, port = 0, http = 0 }: VirtualCameraOptions): Promise<Ports> {
  if (network === "virtual") return { port: CAMERA_PORT, http: http === false ? undefined : HTTP_PORT };
  const command = await freePort(host, port);
  if (http === false) return { port: command, http: undefined };
  let page = await freePort(host, http);
  while (page === command && http === 0) page = await freePort(host, http);
  return { port: command, http: page };
}

/** Rejects with VirtualCameraError. */
function freePort(host: string, port: number): Promise<number> {
  return findPort(host, port).catch((error: NodeJS.ErrnoException) => {
    throw new VirtualCameraError(portProblem(error, host, port));
  });
}

/** Starts a device; see `VirtualCamera.start`. */
export function startVirtualCamera(options: VirtualCameraOptions = {}): Promise<VirtualCamera> {
  return VirtualCamera.start(options);
}

/** @throws VirtualCameraError when the path is longer than that of a Unix socket may be */
function checkSocketPath(path: string, what: string): void {
  if (Buffer.byteLength(path) > SOCKET_PATH_BYTES)
    throw new VirtualCameraError(
      `a socket would be ${path}, more than ${SOCKET_PATH_BYTES} bytes: choose another ${what}`,
    );
}

/** Rejects with VirtualCameraError. */
function openTerminal(board: VirtualBoard): Promise<Terminal> {
  return Terminal.open(board.serial).catch((error: Error) => {
    throw new VirtualCameraError(`the serial port cannot be opened: ${error.message.split("\n")[0]}`);
  });
}
