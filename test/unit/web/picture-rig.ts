// SPDX-License-Identifier: Apache-2.0
/** Pictures and files over fakes of the native classes and of the web server. */
import type { Frame, FrameSink, FrameSource } from "modules/camera/frame";
import type { FileOptions, FileSource } from "modules/image/frame-file";
import type { PictureEncoder, PictureOptions } from "modules/image/jpeg";
import type { Services } from "modules/protocol/services";
import type { Transport, TransportEvents } from "modules/server/transport";
import type { Answer, Exchange, Fields, WebRequest } from "modules/web/exchange";
import { pictureHandlers } from "modules/web/picture-handlers";
import type { PictureSource } from "modules/web/picture-stream";
import { FakeFrame, type FrameFacts } from "../fakes/fake-frame";
import { STATISTICS } from "../fakes/statistics";
import { VirtualTimers } from "../fakes/virtual-timers";
import { FakeEncoder } from "../protocol/fakes";

/** 29 November 2026, 10:11:12: time 0 of the rig. */
const WALL = Date.UTC(2026, 10, 29, 10, 11, 12);

export class Feed implements FrameSource {
  readonly sinks = new Set<FrameSink>();
  readonly made: FakeFrame[] = [];
  reason: string | undefined;

  subscribe(sink: FrameSink): void {
    this.sinks.add(sink);
  }
  unsubscribe(sink: FrameSink): void {
    this.sinks.delete(sink);
  }
  latest(): FakeFrame | undefined {
    return this.made.at(-1);
  }
  outage(): string | undefined {
    return this.reason;
  }
  emit(facts: FrameFacts = {}): FakeFrame {
    const frame = new FakeFrame({ sequence: this.made.length + 1, captured: this.made.length * 114, ...facts });
    this.latest()?.close();
    this.made.push(frame);
    for (const sink of [...this.sinks]) sink.offer(frame);
    return frame;
  }
}

export class FakePicture {
  closed = false;
  constructor(
    readonly sequence: number,
    readonly options: PictureOptions,
    readonly comment: string,
    readonly length: number,
  ) {}
  close(): void {
    this.closed = true;
  }
}

export class FakeJpegEncoder implements PictureEncoder<FakePicture> {
  /** Sequence and palette of each job. */
  readonly jobs: string[] = [];
  readonly pictures: FakePicture[] = [];
  failure: Error | undefined;
  #job: PictureJob | undefined;
  #ready: PictureJob | undefined;
  #length = 0;

  constructor(readonly onEncoded: (length: number) => void) {}

  start({ sequence }: Frame, options: PictureOptions, comment: string): void {
    if (this.#job) throw new Error("a picture is being encoded");
    if (this.failure) throw this.failure;
    this.#job = { sequence, options, comment };
    this.jobs.push(`${sequence} ${options.palette}`);
  }

  take(): FakePicture {
    const { sequence, options, comment } = this.#ready ?? raise("nothing is ready");
    const picture = new FakePicture(sequence, options, comment, this.#length);
    this.pictures.push(picture);
    return picture;
  }

  /** The job is done. @param length 0: there was no memory */
  finish(length = 2535): void {
    this.#ready = this.#job ?? raise("no job");
    this.#job = undefined;
    this.#length = length;
    this.onEncoded(length);
    this.#ready = undefined;
  }
}

interface PictureJob {
  readonly sequence: number;
  readonly options: PictureOptions;
  readonly comment: string;
}

function raise(reason: string): never {
  throw new Error(reason);
}

export class FakeSource implements PictureSource<FakePicture> {
  started: { picture: FakePicture; head: string; tail: string } | undefined;
  stops = 0;
  start(picture: FakePicture, head: string, tail: string): number {
    this.started = { picture, head, tail };
    return head.length + picture.length + tail.length;
  }
  read(): number {
    return 0;
  }
  stop(): void {
    this.stops += 1;
  }
}

export class FakeFile implements FileSource {
  frame: Frame | undefined;
  options: FileOptions | undefined;
  stops = 0;
  start(frame: Frame, options: FileOptions): number {
    this.frame = frame;
    this.options = options;
    return 38_400;
  }
  read(): number {
    return 0;
  }
  stop(): void {
    this.stops += 1;
  }
}

/** A connection that takes pictures as the test says. */
export class FakeTransport implements Transport {
  events: TransportEvents | undefined;
  writable = 17_280;
  drained = true;
  ended = false;
  closed = false;
  /** Head, number of the frame, tail of each part. */
  readonly parts: { head: string; sequence: number; tail: string; length: number }[] = [];
  input: number[] = [];
  #done: ((written: number) => void) | undefined;

  read(target: Uint8Array): number {
    const bytes = this.input.splice(0, target.length);
    target.set(bytes);
    return bytes.length;
  }
  write(): boolean {
    return false;
  }
  pump(source: FakeSource, length: number, onDone: (written: number) => void): boolean {
    const { picture, head, tail } = source.started ?? raise("the source was not started");
    this.parts.push({ head, sequence: picture.sequence, tail, length });
    this.#done = onDone;
    this.drained = false;
    return false;
  }
  pumped = 0;
  close(): void {
    this.closed = true;
  }

  /** The client has taken the part. @param acknowledged all of it */
  taken(acknowledged = true): void {
    const done = this.#done ?? raise("no part is being sent");
    this.#done = undefined;
    this.drained = acknowledged;
    done(this.parts.at(-1)?.length ?? 0);
  }
  acknowledge(): void {
    this.drained = true;
    this.events?.onWritable();
  }
}

export class FakeExchange<Q> implements Exchange<Q> {
  readonly request: WebRequest = { method: "GET", path: "/", length: 0, field: () => undefined };
  onClosed: (() => void) | undefined;
  closed = false;
  status: number | undefined;
  answer: Answer | undefined;
  reason: string | undefined;
  fields: Fields | undefined;
  readonly transport = new FakeTransport();

  constructor(readonly query: Q) {}

  body(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(0));
  }
  read(): Promise<number> {
    return Promise.resolve(0);
  }
  probe(): void {}
  respond(status: number, answer: Answer = {}): void {
    if (this.status !== undefined) throw new Error("answered before");
    this.status = status;
    this.answer = answer;
    this.fields = answer.fields;
  }
  fail(status: number, reason: string, fields?: Fields): void {
    this.respond(status, { ...(fields && { fields }) });
    this.reason = reason;
  }
  stream(fields: Fields): Transport {
    this.respond(200, { fields });
    return this.transport;
  }
  upgrade(): Transport {
    throw new Error("no upgrade");
  }
  /** The client has gone while the handler waits. */
  lose(): void {
    this.closed = true;
    this.onClosed?.();
  }
}

/** A view with the defaults of the route table. */
export const VIEW = { palette: "iron", scale: 1, quality: 80, overlay: 0 } as const;

export class Rig {
  readonly timers = new VirtualTimers();
  readonly feed = new Feed();
  readonly files: FakeFile[] = [];
  readonly images: FakeEncoder[] = [];
  readonly sources: FakeSource[] = [];
  shortUntil = -Infinity;
  #encoder: FakeJpegEncoder | undefined;
  readonly handlers: ReturnType<typeof pictureHandlers>;

  constructor() {
    const services = {
      frames: this.feed,
      camera: { config: { agc_enabled: 0, emissivity: 95, gain_mode: 2 } },
      clock: { wall: (moment = 0) => WALL + moment, format: () => ({ Time: "10:11:12.000", Date: "11/29/26" }) },
      identity: { camera: "tCam-Mini-EFB5", model: 262_146, version: "4.1" },
    } as unknown as Services;
    const keep = <T>(list: T[], made: T): T => {
      list.push(made);
      return made;
    };
    this.handlers = pictureHandlers<FakePicture>({
      timers: this.timers,
      services,
      linkShortUntil: () => this.shortUntil,
      statistics: () => STATISTICS,
      createFile: () => keep(this.files, new FakeFile()),
      createImage: () => keep(this.images, new FakeEncoder(100)),
      createEncoder: (onEncoded) => (this.#encoder = new FakeJpegEncoder(onEncoded)),
      createSource: () => keep(this.sources, new FakeSource()),
    });
  }

  get encoder(): FakeJpegEncoder {
    return this.#encoder ?? raise("nothing was encoded");
  }

  /** Requests a picture or file. */
  get<N extends keyof Rig["handlers"]>(
    name: N,
    query: object = {},
  ): FakeExchange<Parameters<Rig["handlers"][N]>[0]["query"]> {
    const exchange = new FakeExchange(query as Parameters<Rig["handlers"][N]>[0]["query"]);
    void this.handlers[name](exchange as never);
    return exchange;
  }
}
