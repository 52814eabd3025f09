// SPDX-License-Identifier: Apache-2.0
/** A virtual board without firmware, and a client that takes the firmware's place on the board link. */
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VirtualBoard, type VirtualBoardOptions } from "../../../simulator/board/virtual-board";
import type { Run, RunEnd } from "../../../simulator/board/firmware-process";
import { OutsideFirmware } from "../../../simulator/board/outside-firmware";
import { encodeMessage, MessageReader } from "../../../simulator/board/messages";
import type { RealTime } from "../../../simulator/board/pacer";
import { sceneByName, type Scene } from "../../../simulator/lepton";

/** Real time under the control of the test. */
export class FakeTime implements RealTime {
  #now = 0;
  #timers: { at: number; callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }
  setTimer(callback: () => void, ms: number): object {
    const timer = { at: this.#now + ms, callback };
    this.#timers.push(timer);
    return timer;
  }
  clearTimer(timer: unknown): void {
    this.#timers = this.#timers.filter((each) => each !== timer);
  }
  /** Time passes while the process is stopped: no timer runs. */
  block(ms: number): void {
    this.#now += ms;
  }
  /** Time passes, and timers run when they are due. */
  pass(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = end;
  }
}

/** A fake for the firmware's process. */
export class FakeRun implements Run {
  readonly pid = undefined;
  readonly watched = true;
  readonly lockStep: boolean = false;
  cpu: number | undefined;
  cpuSeconds(): number | undefined {
    return this.cpu;
  }
  killed = false;
  suspended = false;
  readonly ended: Promise<RunEnd>;
  #end: (end: RunEnd) => void = () => undefined;

  constructor(readonly print: (line: string) => void) {
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }
  kill(): void {
    this.killed = true;
    this.#end({ code: null, signal: "SIGKILL" });
  }
  suspend(): void {
    this.suspended = true;
  }
  async exit(code: number): Promise<void> {
    this.#end({ code, signal: null });
    await this.ended;
    await Promise.resolve();
  }
}

export interface Bench {
  readonly board: VirtualBoard;
  readonly time: FakeTime;
  readonly runs: FakeRun[];
  readonly socket: string;
  readonly directory: string;
  /** The present run of the firmware. */
  run(): FakeRun;
  close(): Promise<void>;
}

/** A board with its power on, in a temporary folder; the test moves its time by `time`. */
export async function makeBench(options: Partial<VirtualBoardOptions> & { directory?: string } = {}): Promise<Bench> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), "tcam-test-"));
  const time = new FakeTime();
  const runs: FakeRun[] = [];
  const board = new VirtualBoard({
    dataDirectory: join(directory, "data"),
    version: "4.0",
    real: time,
    lepton: { model: "3.5", scene: sceneByName("default") as Scene },
    launch: (print) => {
      const run = new FakeRun(print);
      runs.push(run);
      return run;
    },
    ...options,
  });
  const socket = join(directory, "board");
  await board.start(socket);
  return {
    board,
    time,
    runs,
    socket,
    directory,
    run: () => runs[runs.length - 1] as FakeRun,
    close: async () => {
      await board.stop();
      if (options.directory === undefined) rmSync(directory, { recursive: true, force: true });
      else rmSync(socket, { force: true });
    },
  };
}

/** A board that waits for a firmware that is started outside. */
export function makeOutsideBench(): Promise<Bench> {
  const outside = new OutsideFirmware();
  return makeBench({ launch: outside.launch, onFirmwareGone: () => outside.gone() });
}

export interface Message {
  readonly type: string;
  readonly payload: Buffer;
}

/** One connection of the board link. */
export class LinkClient {
  readonly #socket: Socket;
  readonly #messages: Message[] = [];
  readonly #waiting: ((message: Message) => void)[] = [];
  readonly closed: Promise<void>;
  answer: Record<string, unknown> = {};
  /** Bytes behind the opening answer, for raw channels. */
  raw = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
    socket.on("error", () => undefined);
  }

  /** @param first sent directly after the opening line, in the same write */
  static async open(path: string, request: object | string, first?: Uint8Array): Promise<LinkClient> {
    const socket = connect(path);
    const client = new LinkClient(socket);
    const line = typeof request === "string" ? request : JSON.stringify(request);
    socket.write(Buffer.concat([Buffer.from(`${line}\n`), first ?? Buffer.alloc(0)]));
    await new Promise<void>((resolve) => {
      let head = Buffer.alloc(0);
      const reader = new MessageReader((type, payload) => client.#arrived({ type, payload: Buffer.from(payload) }));
      let opened = false;
      const deliver = (bytes: Buffer): void => {
        client.raw = Buffer.concat([client.raw, bytes]);
        try {
          reader.push(bytes);
        } catch {
          // a raw channel
        }
      };
      socket.on("data", (chunk) => {
        if (opened) return deliver(chunk);
        head = Buffer.concat([head, chunk]);
        const end = head.indexOf(10);
        if (end < 0) return;
        opened = true;
        client.answer = JSON.parse(head.toString("utf8", 0, end)) as Record<string, unknown>;
        if (head.length > end + 1) deliver(head.subarray(end + 1));
        resolve();
      });
      socket.once("close", () => resolve());
    });
    return client;
  }

  send(type: string, payload?: Uint8Array): void {
    this.#socket.write(encodeMessage(type, payload));
  }
  write(bytes: Uint8Array | string): void {
    this.#socket.write(bytes);
  }
  /** Waits for the next message. */
  next(): Promise<Message> {
    const message = this.#messages.shift();
    if (message) return Promise.resolve(message);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
  async ask(type: string, payload?: Uint8Array): Promise<Message> {
    this.send(type, payload);
    return this.next();
  }
  /** Received messages that were not read. */
  get pending(): Message[] {
    return [...this.#messages];
  }
  close(): void {
    this.#socket.destroy();
  }

  #arrived(message: Message): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(message);
    else this.#messages.push(message);
  }
}

/** Turns of the event loop in which both ends of a local socket have read, answered, and read the answer. */
const TURNS = 12;

/** Lets sockets deliver pending data. */
export async function settle(): Promise<void> {
  for (let i = 0; i < TURNS; i++) await new Promise((resolve) => setImmediate(resolve));
}

export function u32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => bytes.writeUInt32LE(value, 4 * index));
  return bytes;
}
