// SPDX-License-Identifier: Apache-2.0
/** The board's end of lock-step (docs/board-link.md): all channels in frames of one connection, and who has the clock. */
import type { Socket } from "node:net";
import { GrantEncoder } from "./grant";
import type { FirmwareClock, Foreseen, LockStepFirmware } from "./firmware-clock";
import type { Transport, TransportEvents } from "./link";
import { FRAME_HEADER, FrameReader, LinkError, writeFrameHeader } from "./messages";

const TIME_FRAME = FRAME_HEADER + 8;
/** An idle firmware without a timer. */
const NO_TIMER = 0xffff_ffff_ffff_ffffn;

/** What a lock-step connection needs of its owner. */
export interface LockStepOwner {
  readonly firmware: FirmwareClock;
  /** Board time in microseconds. */
  now(): number;
  /** Brings the board's clock up to date. */
  sync(): void;
  /** The firmware opens a channel. */
  accept(transport: Transport): TransportEvents;
  print(text: string): void;
  fault(text: string): void;
  /** The connection has ended. */
  closed(): void;
}

export class LockStepConnection implements LockStepFirmware {
  readonly #socket: Socket;
  readonly #owner: LockStepOwner;
  readonly #channels = new Map<number, TransportEvents>();
  readonly #reader = new FrameReader((...frame) => this.#onFrame(...frame));
  /**
   * Frames since the firmware got the clock. They take effect together when it gives the clock back: in how many pieces they
   * come here is a matter of real time.
   */
  #turn: [kind: string, channel: number, payload: Buffer][] = [];
  #open = true;
  /** Frames sent. */
  #sent = 0;
  /** Board time of the last `T`, in whole microseconds. */
  #time = -1;
  readonly #grant = new GrantEncoder();
  #shared = Buffer.alloc(0);
  /** Frames kept back while the firmware stalls. */
  #kept: (() => void)[] = [];

  constructor(socket: Socket, owner: LockStepOwner) {
    this.#socket = socket;
    this.#owner = owner;
  }

  /** @param rest bytes received behind the opening line */
  begin(rest: Buffer): void {
    const socket = this.#socket;
    socket.on("data", (chunk) => this.#receive(chunk));
    const over = (): void => {
      this.takeTurn();
      this.end();
    };
    for (const event of ["end", "error", "close"]) socket.on(event, over);
    this.#owner.firmware.attach(this);
    this.#sendTime();
    if (rest.length > 0) this.#receive(rest);
  }

  wake(): void {
    this.#sendTime();
  }

  grant(end: number, frames: readonly Foreseen[]): void {
    this.#send(this.#grant.encode(Math.floor(this.#owner.now()), end, frames), "G", 0);
  }

  flush(): void {
    const kept = this.#kept;
    this.#kept = [];
    for (const send of kept) send();
  }

  takeTurn(): void {
    this.#guarded(() => this.#takeFrames());
  }

  #takeFrames(): void {
    const turn = this.#turn;
    this.#turn = [];
    for (const [kind, channel, payload] of turn) {
      if (!this.#open) return;
      if (channel === 0) this.#onClock(kind, payload);
      else if (kind === "D") this.#channels.get(channel)?.onBytes(payload);
      else if (kind === "O") this.#openChannel(channel, payload);
      else this.#closeChannel(channel);
    }
  }

  end(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#socket.destroy();
    this.#owner.firmware.detach();
    for (const channel of [...this.#channels.values()]) channel.onEnd();
    this.#channels.clear();
    this.#owner.closed();
  }

  #receive(chunk: Buffer): void {
    this.#guarded(() => this.#reader.push(chunk));
  }

  #guarded(work: () => void): void {
    try {
      if (this.#open) work();
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      this.#owner.fault(`lock-step: ${error.message}; the connection is closed`);
      this.end();
    }
  }

  #onFrame(kind: string, channel: number, payload: Buffer): void {
    if (!(channel === 0 ? "ITWL" : "ODC").includes(kind))
      throw new LinkError(`a frame ${JSON.stringify(kind)} is not known on channel ${channel}`);
    this.#turn.push([kind, channel, payload]);
    const { state } = this.#owner.firmware;
    if ((channel === 0 && kind !== "L") || state === "hung" || state === "waiting") this.#takeFrames();
  }

  #onClock(kind: string, payload: Buffer): void {
    const { firmware } = this.#owner;
    if (kind === "I" && payload.length === 12) {
      if (payload.readUInt32LE(0) !== this.#sent >>> 0) return;
      const next = payload.readBigUInt64LE(4);
      firmware.waits(next === NO_TIMER ? Infinity : Number(next));
    } else if (kind === "T" && payload.length === 12) {
      const time = Number(payload.readBigUInt64LE(0));
      firmware.ahead(time, payload.readUInt32LE(8));
      this.#time = Math.max(this.#time, time);
    } else if (kind === "W") this.#claim();
    else if (kind === "L") this.#owner.print(payload.toString("utf8"));
    else throw new LinkError(`a frame ${JSON.stringify(kind)} of ${payload.length} bytes`);
  }

  /** Something outside the board has woken the firmware. */
  #claim(): void {
    if (this.#owner.firmware.stalled) return void this.#kept.push(() => this.#claim());
    this.#owner.sync();
    if (this.#owner.firmware.state === "waiting") this.#sendTime();
  }

  #openChannel(number: number, opening: Buffer): void {
    if (this.#channels.has(number)) throw new LinkError(`channel ${number} is open`);
    const transport: Transport = {
      lockStep: true,
      channel: number,
      write: (bytes) => this.#sendBytes(number, bytes),
      taken: (count) => this.#sendRoom(number, count),
      // A firmware in lock-step sends no more than there is room for.
      pause: () => undefined,
      resume: () => undefined,
      end: (last) => this.#endChannel(number, last),
      waiting: false,
    };
    const events = this.#owner.accept(transport);
    this.#channels.set(number, events);
    events.onBytes(Buffer.concat([opening, Buffer.of(10)]));
  }

  #closeChannel(number: number): void {
    const channel = this.#channels.get(number);
    this.#channels.delete(number);
    channel?.onEnd();
  }

  #endChannel(number: number, last?: Uint8Array): void {
    if (last) this.#sendBytes(number, last);
    if (this.#channels.delete(number) && this.#open) this.#send(Buffer.alloc(0), "C", number);
  }

  #sendBytes(number: number, bytes: Uint8Array): void {
    if (this.#open && this.#channels.has(number)) this.#send(bytes, "D", number);
  }

  #sendRoom(number: number, count: number): void {
    const room = Buffer.allocUnsafe(4);
    room.writeUInt32LE(count, 0);
    if (this.#open && this.#channels.has(number)) this.#send(room, "R", number);
  }

  #sendTime(): void {
    this.#time = -1;
    this.#send(undefined, "T", 0);
  }

  /** One buffer serves all frames, unless the last one still waits in the socket. */
  #buffer(length: number): Buffer {
    if (this.#socket.writableLength > 0) return Buffer.allocUnsafe(length);
    if (this.#shared.length < length) this.#shared = Buffer.allocUnsafe(2 * length);
    return this.#shared.subarray(0, length);
  }

  /**
   * Sends a frame, and the time before it if it has changed; without `payload` the time alone. A grant contains the time: a `T`
   * before it could arrive alone, and the firmware would run before it has the grant.
   */
  #send(payload: Uint8Array | undefined, kind: string, channel: number): void {
    const { firmware } = this.#owner;
    if (firmware.stalled) {
      const copy = payload && Buffer.from(payload);
      return void this.#kept.push(() => this.#send(copy, kind, channel));
    }
    const now = Math.floor(this.#owner.now());
    const time = now === this.#time || kind === "G" ? 0 : TIME_FRAME;
    const bytes = this.#buffer(time + (payload ? FRAME_HEADER + payload.length : 0));
    if (time > 0) {
      writeFrameHeader(bytes, 0, "T", 0, 8);
      bytes.writeBigUInt64LE(BigInt(now), FRAME_HEADER);
      this.#time = now;
      this.#sent += 1;
    }
    if (payload) {
      writeFrameHeader(bytes, time, kind, channel, payload.length);
      bytes.set(payload, time + FRAME_HEADER);
      this.#sent += 1;
    }
    this.#socket.write(bytes);
    firmware.busy();
  }
}
