// SPDX-License-Identifier: Apache-2.0
import { Emitter } from "modules/events/emitter";
import type { Channel } from "./channel";
import { Session, type CommandEnvironment } from "./session";

/** Maximum number of sessions that continue without a connection. The commands of a further one are dropped. */
const DEPARTED = 4;

export interface PlacesEvents {
  /** The number of sessions has changed. */
  clients: [count: number];
  /** The first client begins to stream, or the last one stops. */
  streaming: [streaming: boolean];
  /** A place has become free. */
  free: [];
}

export interface PlacesOptions<Memory> extends CommandEnvironment {
  /** Names a client in the log. */
  readonly kind: string;
  /** Sessions at a time. */
  readonly places: number;
  /** Allocates the buffers of one session, which later sessions reuse. */
  createMemory(): Memory;
}

/** The sessions of one kind of client, each in one of a few places with buffers of its own. */
export class Places<Memory> extends Emitter<PlacesEvents> {
  private readonly options: PlacesOptions<Memory>;
  private readonly sessions = new Set<Session>();
  /** Sessions without a connection or a place, whose commands are still run. */
  private readonly departed = new Set<Session>();
  private readonly unused: Memory[] = [];
  /** Places in use. */
  private taken = 0;
  private streaming = 0;

  constructor(options: PlacesOptions<Memory>) {
    super();
    this.options = options;
  }

  /** Allocates the buffers of all places; otherwise the first session in each place does. */
  prepare(): void {
    const { places, createMemory } = this.options;
    while (this.taken + this.unused.length < places) this.unused.push(createMemory());
  }

  get free(): boolean {
    return this.taken < this.options.places;
  }

  /** Takes a place for `open` or `giveBack`. @returns its buffers; undefined when no place is free */
  take(): Memory | undefined {
    if (!this.free) return undefined;
    const memory = this.unused.pop() ?? this.options.createMemory();
    this.taken += 1;
    return memory;
  }

  /** Frees the place of these buffers. */
  giveBack(memory: Memory): void {
    this.unused.push(memory);
    this.taken -= 1;
  }

  /** Opens a session in the place of these buffers, which its channel uses. */
  open(memory: Memory, channel: Channel): Session {
    const { services, commands, executor, load, timers, log } = this.options;
    const session: Session = new Session({
      ...{ services, commands, executor, load, timers, log },
      channel,
      onStreaming: (on) => this.countStreaming(on ? 1 : -1),
      onLeft: () => this.retire(session, memory),
      onClosed: () => this.departed.delete(session),
    });
    this.sessions.add(session);
    this.countClients("connected");
    return session;
  }

  /** The client that has been silent longest, among those with nothing in progress, and since when. */
  mostSilent(): { readonly session: Session; readonly since: number } | undefined {
    let silent: Session | undefined;
    let since = Infinity;
    for (const session of this.sessions) {
      const { silentSince = Infinity } = session;
      if (silentSince >= since) continue;
      silent = session;
      since = silentSince;
    }
    return silent && { session: silent, since };
  }

  /** Ends all sessions. */
  close(): void {
    for (const session of [...this.sessions, ...this.departed]) session.close();
  }

  /** The client's connection is gone: frees its place and memory. */
  private retire(session: Session, memory: Memory): void {
    this.sessions.delete(session);
    if (this.departed.size < DEPARTED) this.departed.add(session);
    else session.close();
    this.giveBack(memory);
    this.countClients("disconnected");
    this.emit("free");
  }

  private countClients(what: string): void {
    const { kind, places, log } = this.options;
    log.info(`${kind} ${what}; ${this.sessions.size} of ${places}`);
    this.emit("clients", this.sessions.size);
  }

  private countStreaming(change: 1 | -1): void {
    const before = this.streaming > 0;
    this.streaming += change;
    if (before !== this.streaming > 0) this.emit("streaming", !before);
  }
}
