// SPDX-License-Identifier: Apache-2.0
import type { TimerHandle, Timers } from "drivers/timers/timers";
import type { Encoder } from "modules/image/image";
import type { Log } from "modules/log/log";
import { camInfo, getFw, Info, nack, TOO_LONG } from "./answers";
import { identityFields, type CommandClient, type Commands, type Outcome, type Request } from "./commands";
import type { CommandSource, Executor } from "./executor";
import { BUFFER_BYTES, Framer } from "./framing";
import { ImageFeed, type ImageOutlet } from "./images";
import { CHUNK_BYTES, Input, type QueuedCommand } from "./input";
import type { TextCodec } from "./json";
import { InlineOutlet, PortOutlet, type ImagePort, type Metadata } from "./outlets";
import { Output } from "./output";
import type { Services } from "./services";
import type { Transport, TransportEvents } from "./transport";

/** While this many bytes of answers wait for a client to take them, none of its commands are run. */
const BACKLOG_BYTES = 4_096;
/** Time for the last answer to reach the client before the network restarts. */
const FLUSH_TIMEOUT_MS = 2_000;
/** A client that takes nothing for this long is dropped, when that keeps its commands from being read, or when it sends no more. */
const STALL_TIMEOUT_MS = 60_000;

/** What a session needs memory for. Taken once, and used by one session after another. */
export class SessionMemory {
  readonly framer = new Framer(new Uint8Array(BUFFER_BYTES));
  readonly chunk = new Uint8Array(CHUNK_BYTES);

  /** @param encoder of this session's images @param scratch pieces of images are made here; sessions may share it */
  constructor(
    readonly encoder: Encoder,
    readonly scratch: Uint8Array,
  ) {}
}

/** What all sessions share. */
export interface SessionEnvironment {
  readonly services: Services;
  readonly commands: Commands;
  readonly executor: Executor;
  readonly text: TextCodec;
  readonly timers: Timers;
  readonly log: Log;
}

export interface SessionOptions extends SessionEnvironment {
  readonly transport: Transport;
  readonly memory: SessionMemory;
  /** Where images go; without it, into the session's own stream. */
  readonly imagePort?: ImagePort;
  /** The client cannot go away and come back (serial port): set_wifi does not end the session. */
  readonly permanent?: boolean;
  onStreaming?(streaming: boolean): void;
  /** The connection is gone: place and memory are free. Commands that were received before are still run, if there are any. */
  onLeft?(): void;
  /** The last of these commands was run. Comes after onLeft. */
  onClosed?(): void;
}

/**
 * One client: its commands are run one at a time in the order of their arrival and answered in that order, each exactly once;
 * its images flow as fast as it takes them. It knows nothing of what carries its bytes: TCP or a serial port.
 *
 * A client that shuts its sending side gets all its answers, and an image that it asked for; streams and an update end with its input.
 * When the connection is gone, what was received is still run, without answers.
 */
export class Session implements CommandSource, CommandClient, TransportEvents {
  readonly #options: SessionOptions;
  readonly #input: Input;
  readonly #output: Output;
  readonly #feed: ImageFeed;
  /** The connection is gone; what was received before is still being run. */
  #left = false;
  #closed = false;
  /** When the last byte came. */
  #heard: number;
  /** The client's firmware update is running: a piece was requested, the result not yet reported. */
  #updating = false;
  /** A command is being run; the executor runs none of this session's meanwhile. */
  #running = false;
  /** A get_image waits for its frame. */
  #waiting = false;
  /** What remains to be done when the last answer has left: the session ends with it. */
  #apply: (() => void) | undefined;
  #flushTimer: TimerHandle | undefined;
  #stallTimer: TimerHandle | undefined;

  constructor(options: SessionOptions) {
    const { transport, memory, executor, services, text, timers } = options;
    this.#options = options;
    this.#heard = timers.now();
    this.#input = new Input(transport, text, memory.framer, memory.chunk, () => executor.arrival());
    this.#output = new Output(transport, text, memory.scratch, (reason) => this.#fail(reason));
    this.#feed = new ImageFeed(services.frames, timers, this.#makeOutlet(), (on) => options.onStreaming?.(on));
    transport.events = this;
    executor.add(this);
  }

  get closed(): boolean {
    return this.#left;
  }

  get ended(): boolean {
    return this.#left || this.#options.transport.ended;
  }

  /** When the client's last byte came; undefined while it has something under way: a command, an answer, a stream, an update. */
  get silentSince(): number | undefined {
    const busy = this.#running || this.#waiting || this.#updating || this.#apply !== undefined;
    return busy || this.streaming || this.#input.head || !this.#output.idle ? undefined : this.#heard;
  }

  get streaming(): boolean {
    return this.#feed.streaming;
  }

  get ready(): number | undefined {
    if (this.#closed || this.#waiting || this.#apply) return undefined;
    if (this.#output.backlog >= BACKLOG_BYTES) return undefined;
    return this.#input.head?.arrival;
  }

  async runNext(): Promise<void> {
    const command = this.#input.shift();
    if (!command) return;
    this.#running = true;
    try {
      await this.#run(command);
    } catch (error) {
      this.#fail(`command: ${String(error)}`);
    }
    this.#running = false;
    if (!this.#closed) this.#read();
  }

  startStream(delay: number, frames: number): void {
    if (!this.ended) this.#feed.startStream(delay, frames);
  }

  stopStream(): void {
    this.#feed.stopStream();
  }

  requestSegment(start: number, length: number): void {
    this.#updating = true;
    this.send(getFw(start, length));
  }

  report(text: string): void {
    this.#updating = false;
    this.send(camInfo(Info.Update, text));
  }

  /** Queues a packet. */
  send(json: string): void {
    if (!this.#left) this.#output.send(json);
  }

  onReadable(): void {
    this.#heard = this.#options.timers.now();
    this.#read();
  }

  onWritable(): void {
    this.#options.timers.clear(this.#stallTimer);
    this.#stallTimer = undefined;
    this.#output.pump();
    if (this.#apply) this.#endWhenFlushed();
    if (this.#closed) return;
    this.#feed.resume();
    this.#read();
  }

  onEnd(): void {
    this.#feed.stopStream();
    this.#options.services.update.gone(this);
    this.#read();
  }

  onClosed(): void {
    if (this.#left) return;
    if (this.#apply) return this.close();
    this.#input.finish();
    this.#leave();
    this.#read();
  }

  /** Ends the session and undoes what its client had under way. Safe twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.executor.remove(this);
    const dropped = this.#input.clear();
    if (dropped > 0) this.#options.log.info(`session ended: ${dropped} commands not run`);
    this.#leave();
    this.#options.onClosed?.();
  }

  /** Ends everything that needs the client, and gives place and memory back. */
  #leave(): void {
    if (this.#left) return;
    this.#left = true;
    const { services, timers, transport } = this.#options;
    timers.clear(this.#flushTimer);
    timers.clear(this.#stallTimer);
    this.#feed.close();
    this.#output.clear();
    // Before its client learns of the end: one that connects again at once must not find the network that is about to go.
    this.#apply?.();
    this.#apply = undefined;
    transport.close();
    services.update.gone(this);
    this.#options.onLeft?.();
  }

  #makeOutlet(): ImageOutlet {
    const { imagePort, memory, services } = this.#options;
    const metadata: Metadata = (captured) => JSON.stringify(identityFields(services, captured));
    return imagePort
      ? new PortOutlet(this.#output, imagePort, memory.encoder, metadata)
      : new InlineOutlet(this.#output, memory.encoder, metadata);
  }

  #read(): void {
    if (this.#apply) return;
    this.#input.fill();
    if (this.#done) return this.close();
    if (this.#blocked) this.#watchForStall();
    this.#options.executor.wake();
  }

  /** Nothing more comes, and all that came has been run and answered. */
  get #done(): boolean {
    if (this.#running || this.#waiting || this.#input.head) return false;
    return this.#left || (this.#options.transport.ended && this.#flushed);
  }

  /** All answers have reached the client. */
  get #flushed(): boolean {
    return this.#output.idle && this.#options.transport.drained;
  }

  /** The session cannot go on until its client takes something. */
  get #blocked(): boolean {
    if (this.#options.transport.ended) return !this.#flushed;
    return this.#input.full && !this.#output.idle;
  }

  async #run({ text, tooLong }: QueuedCommand): Promise<void> {
    const { commands } = this.#options;
    const request = tooLong ? TOO_LONG : commands.parse(text);
    if (typeof request === "string") this.send(request);
    else if (request.command === "get_image") this.#requestImage(request);
    else this.#finish(await commands.run(request, this));
  }

  #finish({ packets, apply }: Outcome): void {
    for (const packet of packets) this.send(packet);
    if (!apply) return;
    if (this.#left || this.#options.permanent) return apply();
    this.#apply = apply;
    this.#feed.stopStream();
    this.#flushTimer = this.#options.timers.set(() => this.close(), FLUSH_TIMEOUT_MS);
    this.#endWhenFlushed();
  }

  /** The image answers, or a NACK; until then no other command of this session is run, while other sessions' are. */
  #requestImage({ name }: Request): void {
    this.#waiting = true;
    this.#feed.request((failure) => {
      this.#waiting = false;
      if (this.#left) return;
      if (failure !== undefined) this.send(nack(name, failure));
      this.#read();
    });
  }

  #endWhenFlushed(): void {
    if (this.#flushed) this.close();
  }

  /** Any room that comes ends the wait. */
  #watchForStall(): void {
    this.#stallTimer ??= this.#options.timers.set(
      () => this.#fail(`no answer was taken for ${STALL_TIMEOUT_MS / 1000} s`),
      STALL_TIMEOUT_MS,
    );
  }

  #fail(reason: string): void {
    if (this.#closed) return;
    this.#options.log.warn(`session ended: ${reason}`);
    this.close();
  }
}
