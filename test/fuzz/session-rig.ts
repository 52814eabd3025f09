// SPDX-License-Identifier: Apache-2.0
import type { TimerHandle, Timers } from "drivers/timers/timers";
import { createLog } from "modules/log/log";
import { Base64 } from "modules/protocol/base64";
import { createFramer } from "modules/protocol/command-framer";
import { Commands } from "modules/protocol/protocol";
import { ETX, STX } from "modules/protocol/framing";
import { engineText } from "modules/protocol/text";
import { Executor } from "modules/server/executor";
import { DelimitedChannel, SessionMemory } from "modules/server/channel";
import { Session } from "modules/server/session";
import { SocketTransport, type SocketCallbacks } from "modules/server/transport";
import { LinkLoad } from "modules/server/link-load";
import { WebSocketChannel, WebSocketMemory } from "modules/web/websocket-channel";
import { createFrameReader, nativeCodec } from "modules/web/websocket-frames";
import { Opcode } from "modules/web/websocket-protocol";
import { MARKER_COMMAND, type FuzzServices } from "./fake-services";
import { SmallEncoder } from "./http-pictures";
import type { Random } from "./random";
import { Incoming, Outgoing } from "./tcp-side";
import { clientFrame, clientFrames, joined, readFrames, SmallImage } from "./websocket-side";

/** Timers that do not expire: the time stands still. */
class StoppedTimers implements Timers {
  readonly #running = new Set<TimerHandle>();
  now = (): number => 0;
  set(callback: () => void): TimerHandle {
    const timer = { callback };
    this.#running.add(timer);
    return timer;
  }
  repeat(callback: () => void): TimerHandle {
    return this.set(callback);
  }
  clear(timer: TimerHandle | undefined): void {
    if (timer) this.#running.delete(timer);
  }
  get pending(): number {
    return this.#running.size;
  }
}

const OUTGOING = { part: 500, vanishing: 20 } as const;
/** Number of different last commands. */
const MARKERS = 0x1000;
/** Maximum turns of the event loop for a batch: a command takes about ten. */
const TURNS = 20_000;

/** A client's connection, TCP or a WebSocket: feeds bytes in reads of any size, checks and counts the output. */
export class Rig {
  answers = 0;
  sessions = 0;
  readonly #timers = new StoppedTimers();
  readonly #executor = new Executor();
  readonly #commands: Commands;
  readonly #memory = new SessionMemory(createFramer(), new SmallEncoder());
  readonly #webMemory = new WebSocketMemory(createFrameReader(), new SmallImage());
  #web = false;
  /** Connections that the camera closes after an error: their client closes too. */
  #lingering: SocketCallbacks[] = [];
  #session: Session | undefined;
  /** Sessions with a closed connection whose commands still run. */
  #departed = 0;
  #callbacks: SocketCallbacks | undefined;
  readonly #incoming = new Incoming();
  #outgoing: Outgoing;
  /** The start of a message, of which the rest is not written yet. */
  #rest = new Uint8Array(0);
  #last = "";
  /** The answer that shows that all before was processed. */
  #expected = "";
  #done = false;
  #marker = 0;

  constructor(
    private readonly services: FuzzServices,
    private readonly random: Random,
  ) {
    const log = createLog(
      "fuzz",
      () => 0,
      () => undefined,
    );
    this.#commands = new Commands(services, Base64, log);
    this.#outgoing = new Outgoing(random, OUTGOING);
  }

  /** The client sends a message with its delimiters, of which some bytes may be read at once. */
  feed(message: Uint8Array): void {
    if (message.length === 0) return;
    if (!this.#session) this.#connect();
    this.#send(this.#web ? clientFrames(this.random, message.subarray(1, -1)) : message);
  }

  #send(bytes: Uint8Array): void {
    this.#incoming.push(bytes);
    this.#callbacks?.onReadable(this.#incoming.length);
    if (this.random.once(10)) this.services.frames.emit();
    if (this.random.once(200)) this.#callbacks?.onError(); // a reset: its commands run, and the next session gets its memory
  }

  /** Sends commands of which the last has an answer that no earlier command has. */
  #feedLast(): void {
    const command = MARKER_COMMAND + (this.#marker++ % MARKERS);
    const read = JSON.stringify({ cmd: "get_lep_cci", args: { command, length: 1 } });
    this.#expected = JSON.stringify({ cci_reg: { command, length: 1, status: 6, data: "AAA=" } });
    this.#done = false;
    if (!this.#session) this.#connect();
    if (!this.#web) this.#send(Uint8Array.of(ETX));
    for (const text of ['{"cmd":"stream_off"}', '{"cmd":"get_status"}', read].map((json) => engineText.encode(json))) {
      if (!this.#session) return;
      if (this.#web) this.#send(clientFrame(this.random, text));
      else this.#send(Uint8Array.of(STX, ...text, ETX));
    }
  }

  /** Waits until all input is processed: the camera then answers its last command. */
  async settle(): Promise<void> {
    this.#feedLast();
    for (let turns = 0; !this.#done || this.#departed > 0; turns++) {
      if (turns > TURNS)
        throw new Error(`the last command is not answered; ${this.#incoming.length} bytes unread, last: ${this.#last}`);
      // A set_wifi or a reset ends the session and discards later input.
      if (!this.#session && !this.#done) this.#feedLast();
      await this.#turn();
    }
    if (this.random.once(10)) await this.#endInput();
  }

  /** The client sends its last commands and ends its side: the camera answers, then closes. */
  async #endInput(): Promise<void> {
    this.#feedLast();
    const session = this.#session;
    if (!session) return;
    this.#callbacks?.onEnd();
    for (let turns = 0; this.#session === session; turns++) {
      if (turns > TURNS) throw new Error("the session does not end after its client's end of input");
      await this.#turn();
    }
    // A set_wifi ends the session and discards later input.
    if (!this.#done && !this.#last.includes("set_wifi success"))
      throw new Error(`the last command is not answered, last: ${this.#last}`);
  }

  async #turn(): Promise<void> {
    this.#endLingering();
    this.services.frames.emit();
    this.#drain();
    await undefined;
    this.#check();
  }

  /** The client disconnects. @throws Error when timers or frames remain */
  close(): void {
    this.#session?.close();
    this.#endLingering();
    if (this.#timers.pending > 0) throw new Error(`${this.#timers.pending} timers left`);
    if (this.services.frames.held > 1) throw new Error(`${this.services.frames.held} frames held`);
    this.#clear();
    this.#last = "";
  }

  #endLingering(): void {
    for (let one = this.#lingering.shift(); one; one = this.#lingering.shift()) one.onEnd();
  }

  #connect(): void {
    this.sessions += 1;
    this.#web = this.random.once(2);
    let open = true;
    let callbacks: SocketCallbacks | undefined;
    const outgoing = (this.#outgoing = new Outgoing(this.random, OUTGOING));
    const socket = new SocketTransport((given) => {
      this.#callbacks = callbacks = given;
      return {
        read: (buffer) => {
          if (!open) throw new Error("the connection is over");
          return this.#incoming.read(buffer);
        },
        write: (buffer) => outgoing.write(buffer),
        pump: (source, length) => outgoing.pump(source, length),
        close: () => {
          callbacks = undefined;
          if (!open) return;
          this.#callbacks = undefined;
          outgoing.cut();
        },
      };
    });
    const log = createLog(
      "fuzz",
      () => 0,
      () => undefined,
    );
    this.#session = new Session({
      services: this.services,
      commands: this.#commands,
      executor: this.#executor,
      load: new LinkLoad(),
      timers: this.#timers,
      log,
      channel: this.#web
        ? new WebSocketChannel({
            ...{ socket, memory: this.#webMemory, text: engineText, codec: nativeCodec, timers: this.#timers, log },
            version: this.random.once(2) ? 1 : 2,
          })
        : new DelimitedChannel(socket, this.#memory, engineText),
      onLeft: () => {
        this.#check();
        open = false;
        this.#callbacks = undefined;
        outgoing.cut();
        if (callbacks) this.#lingering.push(callbacks);
        this.#session = undefined;
        this.#departed += 1;
        this.#clear();
      },
      onClosed: () => (this.#departed -= 1),
    });
    this.#makeRoom(2_000);
  }

  #clear(): void {
    this.#incoming.clear();
    this.#outgoing.take();
    this.#rest = new Uint8Array(0);
  }

  #makeRoom(bytes: number): void {
    this.#outgoing.makeRoom(bytes, this.#callbacks);
  }

  /** The client reads the output: there is room for more. */
  #drain(): void {
    this.#makeRoom(1 + this.random.below(2_000));
    if (this.#session && !this.random.once(4)) this.#makeRoom(2_000);
  }

  /** Checks that the output is a sequence of messages, of which the last may be incomplete. */
  #check(): void {
    const written = this.#outgoing.take();
    if (written.length === 0) return;
    const bytes = joined([this.#rest, ...written]);
    const at = this.#web ? this.#checkFrames(bytes) : this.#checkMessages(bytes);
    this.#rest = bytes.slice(at);
  }

  /** @returns the position after the last whole message */
  #checkFrames(bytes: Uint8Array): number {
    return readFrames(bytes, (opcode, payload) => {
      if (opcode !== Opcode.Text) return;
      this.#last = String.fromArrayBuffer(payload.buffer as ArrayBuffer);
      this.#done ||= this.#last === this.#expected;
      JSON.parse(this.#last, []);
      this.answers += 1;
    });
  }

  /** @returns the position after the last whole message */
  #checkMessages(bytes: Uint8Array): number {
    let at = 0;
    for (let end = bytes.indexOf(3); end >= 0; end = bytes.indexOf(3, at)) {
      if (bytes[at] !== 2) throw new Error(`no message at ${at} of ${bytes.length}`);
      this.#last = String.fromArrayBuffer(bytes.slice(at + 1, end).buffer);
      this.#done ||= this.#last === this.#expected;
      JSON.parse(this.#last, []);
      this.answers += 1;
      at = end + 1;
    }
    return at;
  }
}
