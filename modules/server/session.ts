// SPDX-License-Identifier: Apache-2.0
import type { TimerHandle, Timers } from "drivers/timers/timers";
import type { Encoder } from "modules/image/image";
import type { Log } from "modules/log/log";
import {
  camInfo,
  type Framer,
  getFw,
  Info,
  nack,
  TOO_LONG,
  type CommandClient,
  type Commands,
  type Outcome,
  type Request,
  type Services,
  type TextCodec,
} from "modules/protocol/protocol";
import type { Channel } from "./channel";
import type { CommandSource, Executor } from "./executor";
import { ImageFeed } from "./image-feed";
import { Input, type QueuedCommand } from "./input";
import type { LinkLoad } from "./link-load";
import { Output, type MessageTransport } from "./output";
import type { TransportEvents } from "./transport";

/** A client's commands pause while this many bytes of answers are queued for it. */
const BACKLOG_BYTES = 4_096;
/** Timeout for the last answer to reach the client before the network restarts. */
const FLUSH_TIMEOUT_MS = 2_000;
/**
 * Stall timeout: drops a client that reads nothing for this long, if that blocks its commands or if it has shut its
 * sending side.
 */
const STALL_TIMEOUT_MS = 60_000;

/** Dependencies that sessions of every kind share. */
export interface CommandEnvironment {
  readonly services: Services;
  readonly commands: Commands;
  readonly executor: Executor;
  readonly text: TextCodec;
  readonly load: LinkLoad;
  readonly timers: Timers;
  readonly log: Log;
}

/** The same with what sessions of delimited messages need. */
export interface SessionEnvironment extends CommandEnvironment {
  /** Creates the framer of one session. */
  createFramer(): Framer;
  /** Creates the encoder of one session. */
  createEncoder(options?: { readonly checksum?: boolean }): Encoder;
}

export interface SessionOptions extends Omit<CommandEnvironment, "text"> {
  readonly channel: Channel;
  /** The client cannot disconnect (serial port): set_wifi does not end the session. */
  readonly permanent?: boolean;
  onStreaming?(streaming: boolean): void;
  /** The connection is gone: slot and memory are free. Commands received before are still run. */
  onLeft?(): void;
  /** The last of these commands has run. Called after onLeft. */
  onClosed?(): void;
}

/**
 * One client's session: runs its commands one at a time in the order of their arrival and answers them in that order,
 * each exactly once. Images are sent as fast as the client reads them. Its channel knows the kind of connection: TCP,
 * WebSocket or serial port.
 *
 * A half-closed client gets all its answers, and an image that it requested; its streams and its update end with its
 * input. When the connection is gone, commands already received are still run, without answers.
 */
export class Session implements CommandSource, CommandClient, TransportEvents {
  private readonly options: SessionOptions;
  private readonly transport: MessageTransport;
  private readonly input: Input;
  private readonly output: Output;
  private readonly feed: ImageFeed;
  /** The connection is gone; commands received before are still being run. */
  private left = false;
  /** close() has run: no command runs any more. */
  private over = false;
  /** Time of the last byte received. */
  private heard: number;
  /** The client's firmware update is in progress: a chunk was requested, the result not yet reported. */
  private updating = false;
  /** A command is running; the executor starts no other command of this session. */
  private running = false;
  /** A get_image waits for its frame. */
  private waiting = false;
  /** Called after the last answer has been sent, when the session ends. */
  private apply: (() => void) | undefined;
  private flushTimer: TimerHandle | undefined;
  private stallTimer: TimerHandle | undefined;

  constructor(options: SessionOptions) {
    const { channel, executor, services, timers } = options;
    this.options = options;
    this.transport = channel.transport;
    this.heard = timers.now();
    this.input = new Input(channel.commands, () => executor.arrival());
    this.output = new Output(
      channel.transport,
      (json) => channel.encode(json),
      (reason) => this.fail(reason),
    );
    const outlet = channel.createOutlet(this.output, services);
    const onStreaming = (on: boolean): void => options.onStreaming?.(on);
    this.feed = new ImageFeed(services.frames, timers, outlet, onStreaming, options.load);
    channel.transport.events = this;
    executor.add(this);
  }

  get closed(): boolean {
    return this.left;
  }

  get ended(): boolean {
    return this.left || this.transport.ended;
  }

  /** Time of the client's last byte; undefined while a command, an answer, a stream or an update is in progress. */
  get silentSince(): number | undefined {
    const busy = this.running || this.waiting || this.updating || this.apply !== undefined;
    return busy || this.streaming || this.input.head || !this.output.idle ? undefined : this.heard;
  }

  get streaming(): boolean {
    return this.feed.streaming;
  }

  get ready(): number | undefined {
    if (this.over || this.waiting || this.apply) return undefined;
    if (this.output.backlog >= BACKLOG_BYTES) return undefined;
    return this.input.head?.arrival;
  }

  async runNext(): Promise<void> {
    const command = this.input.shift();
    if (!command) return;
    this.running = true;
    try {
      await this.run(command);
    } catch (error) {
      this.fail(`command: ${String(error)}`);
    }
    this.running = false;
    if (!this.over) this.read();
  }

  startStream(delay: number, frames: number): void {
    if (!this.ended) this.feed.startStream(delay, frames);
  }

  stopStream(): void {
    this.feed.stopStream();
  }

  requestChunk(start: number, length: number): void {
    this.updating = true;
    this.send(getFw(start, length));
  }

  report(text: string): void {
    this.updating = false;
    this.send(camInfo(Info.Update, text));
  }

  /** Queues a message. */
  send(json: string): void {
    if (!this.left) this.output.send(json);
  }

  onReadable(): void {
    this.heard = this.options.timers.now();
    this.read();
  }

  onWritable(): void {
    this.options.timers.clear(this.stallTimer);
    this.stallTimer = undefined;
    this.output.pump();
    if (this.apply) this.endWhenFlushed();
    if (this.over) return;
    this.feed.resume();
    // Without a queued command nothing is unread, except for the end of input. This runs after each image.
    if (this.input.head || this.transport.ended) this.read();
  }

  onEnd(): void {
    this.feed.stopStream();
    this.options.services.update.gone(this);
    this.read();
  }

  onClosed(): void {
    if (this.left) return;
    if (this.apply) return this.close();
    this.input.finish();
    this.leave();
    this.read();
  }

  /** Ends the session and cancels everything its client had in progress. Idempotent. */
  close(): void {
    if (this.over) return;
    this.over = true;
    this.options.executor.remove(this);
    const dropped = this.input.clear();
    if (dropped > 0) this.options.log.info(`session ended: ${dropped} commands not run`);
    this.leave();
    this.options.onClosed?.();
  }

  /** Ends everything that needs the client, and frees slot and memory. */
  private leave(): void {
    if (this.left) return;
    this.left = true;
    const { services, timers } = this.options;
    timers.clear(this.flushTimer);
    timers.clear(this.stallTimer);
    this.feed.close();
    this.output.clear();
    // Called before the connection closes: a client that reconnects at once must not find the network that is about to
    // stop.
    this.apply?.();
    this.apply = undefined;
    this.transport.close();
    services.update.gone(this);
    this.options.onLeft?.();
  }

  private read(): void {
    if (this.apply) return;
    this.input.fill();
    if (this.done) return this.close();
    if (this.blocked) this.watchForStall();
    this.options.executor.wake();
  }

  /** No more input can arrive, and all input has been run and answered. */
  private get done(): boolean {
    if (this.running || this.waiting || this.input.head) return false;
    return this.left || (this.transport.ended && this.flushed);
  }

  /** All answers have reached the client. */
  private get flushed(): boolean {
    return this.output.idle && this.transport.drained;
  }

  /** The session cannot continue until its client reads something. */
  private get blocked(): boolean {
    if (this.transport.ended) return !this.flushed;
    return this.input.full && !this.output.idle;
  }

  private async run({ text, tooLong }: QueuedCommand): Promise<void> {
    const { commands } = this.options;
    const request = tooLong ? TOO_LONG : commands.parse(text);
    if (typeof request === "string") this.send(request);
    else if (request.command === "get_image") this.requestImage(request);
    else this.finish(await commands.run(request, this));
  }

  private finish({ messages, apply }: Outcome): void {
    for (const message of messages) this.send(message);
    if (!apply) return;
    if (this.left || this.options.permanent) return apply();
    this.apply = apply;
    this.feed.stopStream();
    this.flushTimer = this.options.timers.set(() => this.close(), FLUSH_TIMEOUT_MS);
    this.endWhenFlushed();
  }

  /** The answer is the image or a NACK. Until then this session runs no other command; other sessions continue. */
  private requestImage({ name }: Request): void {
    this.waiting = true;
    this.feed.request((failure) => {
      this.waiting = false;
      if (this.left) return;
      if (failure !== undefined) this.send(nack(name, failure));
      this.read();
    });
  }

  private endWhenFlushed(): void {
    if (this.flushed) this.close();
  }

  /** Any write room cancels the timeout, and progress of an image extends it. */
  private watchForStall(): void {
    if (this.stallTimer) return;
    const { pumped } = this.transport;
    this.stallTimer = this.options.timers.set(() => {
      this.stallTimer = undefined;
      if (this.transport.pumped === pumped) this.fail(`no answer was taken for ${STALL_TIMEOUT_MS / 1000} s`);
      else this.watchForStall();
    }, STALL_TIMEOUT_MS);
  }

  private fail(reason: string): void {
    if (this.over) return;
    this.options.log.warn(`session ended: ${reason}`);
    this.close();
  }
}
