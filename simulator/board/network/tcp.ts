// SPDX-License-Identifier: Apache-2.0
/** TCP connections of the virtual network: streams with flow control, acknowledgement, half-close, reset and timeouts in board time. */
import type { AlarmHandle } from "../../lepton";
import { type Direction, type Medium, Path } from "./medium";

/** An IPv4 address and a port. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export type TcpFailure = "ECONNREFUSED" | "ECONNRESET" | "ETIMEDOUT";

/** What uses an end of a connection: the firmware's socket, or a program's. */
export interface TcpOwner {
  /** Bytes that its receive buffer has room for. */
  room(): number;
  onConnected(): void;
  onBytes(bytes: Buffer): void;
  /** The peer has shut down its sending side; all bytes were delivered. */
  onEnd(): void;
  /** The peer has taken so many bytes into its receive buffer. */
  onAcknowledged(count: number): void;
  onFailed(failure: TcpFailure): void;
}

/** Times of a TCP stack that notices a silent peer, in µs. */
export interface TcpTimeouts {
  /** Silence before a probe; half of it between probes. */
  keepalive: number;
  /** TCP user timeout: a peer that acknowledges nothing, answers no probe, or keeps its window closed for this long is dropped. */
  readonly user: number;
}

/** µs between a connection request that is not answered and the next one: doubles with each. */
const SYN_RETRY = 1_000_000;
/** After so many requests the connection fails: 127 s, as Linux does (tcp_syn_retries). */
const SYN_COUNT = 7;
/** µs that a closed end drops its input, and its queued bytes are sent. */
const LINGER = 5_000_000;

/** Accepts the connection requests for a port. @returns false: the accept queue is full, the request is lost */
export type TcpAcceptor = (end: TcpEnd) => boolean;

/** A connection, from before its request until both ends are over. */
export class TcpConnection {
  readonly client: TcpEnd;
  readonly server: TcpEnd;
  readonly #medium: Medium;
  readonly #acceptor: () => TcpAcceptor | undefined;
  readonly #onOver: () => void;
  #reachable = true;
  #retry: AlarmHandle | undefined;

  /**
   * @param acceptor what listens at the server's endpoint; undefined: the request is refused
   * @param onOver called when nothing can happen to it any more
   */
  constructor(
    medium: Medium,
    endpoints: { client: Endpoint; server: Endpoint; direction: Direction },
    acceptor: () => TcpAcceptor | undefined,
    onOver: () => void,
  ) {
    this.#medium = medium;
    this.#acceptor = acceptor;
    this.#onOver = onOver;
    const { client, server, direction } = endpoints;
    const reachable = (): boolean => this.#reachable && medium.conditions.reachable;
    const toServer = new Path(medium, direction, reachable);
    const toClient = new Path(medium, direction === "in" ? "out" : "in", reachable);
    this.client = new TcpEnd(this, medium, toServer, client, server);
    this.server = new TcpEnd(this, medium, toClient, server, client);
  }

  get reachable(): boolean {
    return this.#reachable && this.#medium.conditions.reachable;
  }
  /** A fault: nothing of this connection arrives. */
  set reachable(reachable: boolean) {
    this.#reachable = reachable;
    this.reachableChanged();
  }

  /** The conditions of the network or of this connection have changed. */
  reachableChanged(): void {
    for (const end of [this.client, this.server]) end.reachableChanged();
  }

  peerOf(end: TcpEnd): TcpEnd {
    return end === this.client ? this.server : this.client;
  }

  /** Sends the connection request. */
  request(attempt = 0): void {
    const { client, server } = this;
    if (client.state !== "connecting") return;
    if (attempt === SYN_COUNT) return client.fail("ETIMEDOUT");
    client.path.sendOnce(() => {
      if (server.state !== "connecting") return;
      const accept = this.#acceptor();
      if (!accept) server.refuse();
      else if (accept(server)) server.begin();
    });
    const retry = this.#medium.clock.now() + SYN_RETRY * 2 ** attempt;
    this.#retry = this.#medium.clock.alarm(retry, () => this.request(attempt + 1));
  }

  /** For its ends. */
  checkOver(): void {
    if (!this.client.over || !this.server.over) return;
    if (this.#retry) this.#medium.clock.cancel(this.#retry);
    this.#onOver();
  }
}

/** One end of a connection, and its state of TCP. */
export class TcpEnd {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** To the peer. */
  readonly path: Path;
  readonly connection: TcpConnection;
  state: "connecting" | "open" | "failed" = "connecting";
  readonly #medium: Medium;
  #owner: TcpOwner | undefined;
  #timeouts: TcpTimeouts | undefined;
  #failure: TcpFailure = "ECONNRESET";
  /** The owner has left. Input is dropped, or answered by a reset. */
  #closed: "drops" | "refuses" | undefined;
  /** Bytes sent and not acknowledged. */
  #unacknowledged = 0;
  #endSent = false;
  #endAcknowledged = false;
  /** Bytes that wait for room in the receive buffer. */
  #arrived: Buffer[] = [];
  #endArrived = false;
  #endReported = false;
  /** Board time of the peer's last sign of life, and of its last acknowledgement. */
  #heard = 0;
  #progress = 0;
  #silent = false;
  #progressAlarm: AlarmHandle | undefined;
  #silenceAlarm: AlarmHandle | undefined;
  #lingerAlarm: AlarmHandle | undefined;

  constructor(connection: TcpConnection, medium: Medium, path: Path, local: Endpoint, remote: Endpoint) {
    this.connection = connection;
    this.#medium = medium;
    this.path = path;
    this.local = local;
    this.remote = remote;
  }

  get #peer(): TcpEnd {
    return this.connection.peerOf(this);
  }
  /** Nothing happens to it any more. */
  get over(): boolean {
    return this.state === "failed" || (this.#endAcknowledged && this.#endReported);
  }

  /** Connects the owner, which gets what has come already. */
  adopt(owner: TcpOwner, timeouts?: TcpTimeouts): void {
    this.#timeouts = timeouts;
    if (this.state === "failed") return owner.onFailed(this.#failure);
    this.#owner = owner;
    this.reachableChanged();
    this.#deliver();
  }

  /** The server's end has accepted the request. */
  begin(): void {
    this.#open();
    this.path.send(0, () => {
      const client = this.#peer;
      if (client.state !== "connecting") return;
      client.#open();
      client.#owner?.onConnected();
    });
  }

  /** The server's end answers a request for a port on which nothing listens. */
  refuse(): void {
    this.#end();
    this.path.sendOnce(() => this.#peer.fail("ECONNREFUSED"));
  }

  send(bytes: Buffer): void {
    if (this.state !== "open" || this.#endSent || bytes.length === 0) return;
    if (this.#unacknowledged === 0) this.#progress = this.#medium.clock.now();
    this.#unacknowledged += bytes.length;
    this.#watchProgress();
    this.path.sendBytes(bytes, (part) => this.#peer.#receive(part));
  }

  /** Shuts down the sending side. */
  finish(): void {
    if (this.state !== "open" || this.#endSent) return;
    this.#endSent = true;
    this.path.send(0, () => this.#peer.#receiveEnd());
  }

  /** Ends the connection at once; what is unsent or unread is lost. */
  reset(): void {
    if (this.state === "failed") return;
    this.#end();
    this.path.sendOnce(() => this.#peer.fail("ECONNRESET"));
  }

  /**
   * The owner leaves. What it has sent arrives, then the end.
   * @param linger input is dropped for up to 5 s; otherwise unread and further input resets the connection, as close() does on Linux
   */
  close(linger: boolean): void {
    if (this.#closed || this.state === "failed") return;
    if (this.state === "connecting" || (!linger && this.#arrived.length > 0)) return this.reset();
    this.#owner = undefined;
    this.#closed = linger ? "drops" : "refuses";
    if (linger) this.#lingerAlarm = this.#medium.clock.alarm(this.#medium.clock.now() + LINGER, () => this.reset());
    this.finish();
    this.#deliver();
  }

  /** The owner's receive buffer has more room. */
  readMore(): void {
    this.#deliver();
  }

  /** Sets the silence before a probe, in µs. */
  set keepalive(keepalive: number) {
    if (this.#timeouts) this.#timeouts.keepalive = keepalive;
    this.#watchSilence();
  }

  /** The connection is over, and the owner gets the reason. */
  fail(failure: TcpFailure): void {
    if (this.state === "failed") return;
    const owner = this.#owner;
    this.#failure = failure;
    this.#end();
    owner?.onFailed(failure);
  }

  reachableChanged(): void {
    const silent = !this.connection.reachable;
    const now = this.#medium.clock.now();
    // Probes were answered up to now.
    if (silent && !this.#silent && this.#timeouts) this.#heard = now - ((now - this.#heard) % this.#timeouts.keepalive);
    else if (!silent) this.#heard = now;
    this.#silent = silent;
    this.#watchSilence();
    this.path.release();
  }

  #open(): void {
    this.state = "open";
    this.#heard = this.#medium.clock.now();
  }

  /** Ends this side; the peer is not notified. */
  #end(): void {
    this.state = "failed";
    this.#owner = undefined;
    this.#arrived = [];
    this.#cancelAlarms();
    this.connection.checkOver();
  }

  #receive(bytes: Buffer): void {
    if (this.state === "failed") return this.path.sendOnce(() => this.#peer.fail("ECONNRESET"));
    if (this.#closed === "refuses") return this.reset();
    this.#heard = this.#medium.clock.now();
    this.#arrived.push(bytes);
    this.#deliver();
  }

  #receiveEnd(): void {
    if (this.state === "failed") return;
    this.#heard = this.#medium.clock.now();
    this.#endArrived = true;
    this.path.acknowledge(() => this.#peer.#endTaken());
    this.#deliver();
  }

  /** Moves what has arrived into the owner's receive buffer, and acknowledges it. */
  #deliver(): void {
    if (!this.#owner && !this.#closed) return;
    let count = 0;
    for (let first = this.#arrived[0]; first; first = this.#arrived[0]) {
      const room = this.#owner ? this.#owner.room() : Infinity;
      if (room <= 0) break;
      const part = first.subarray(0, room);
      if (part.length === first.length) this.#arrived.shift();
      else this.#arrived[0] = first.subarray(room);
      count += part.length;
      this.#owner?.onBytes(part);
    }
    if (count > 0) this.path.acknowledge(() => this.#peer.#taken(count));
    if (this.#endArrived && !this.#endReported && this.#arrived.length === 0) {
      this.#endReported = true;
      this.#owner?.onEnd();
      this.#checkOver();
    }
  }

  /** The peer has acknowledged bytes. */
  #taken(count: number): void {
    if (this.state === "failed") return;
    this.#unacknowledged -= count;
    this.#heard = this.#progress = this.#medium.clock.now();
    this.#owner?.onAcknowledged(count);
  }

  #endTaken(): void {
    this.#endAcknowledged = true;
    this.#checkOver();
  }

  #checkOver(): void {
    if (!this.over) return;
    this.#cancelAlarms();
    this.connection.checkOver();
  }

  #cancelAlarms(): void {
    for (const alarm of [this.#progressAlarm, this.#silenceAlarm, this.#lingerAlarm])
      if (alarm) this.#medium.clock.cancel(alarm);
    this.#progressAlarm = this.#silenceAlarm = this.#lingerAlarm = undefined;
  }

  /** One alarm serves all acknowledgements: it looks whether there was one. */
  #watchProgress(): void {
    if (!this.#timeouts || this.#progressAlarm) return;
    const { user } = this.#timeouts;
    this.#progressAlarm = this.#medium.clock.alarm(this.#progress + user, () => {
      this.#progressAlarm = undefined;
      if (this.#unacknowledged === 0) return;
      if (this.#medium.clock.now() < this.#progress + user) this.#watchProgress();
      else this.#timeOut();
    });
  }

  /** Probes of a reachable peer are answered, so only those of one out of reach are events. */
  #watchSilence(): void {
    if (this.#silenceAlarm) this.#medium.clock.cancel(this.#silenceAlarm);
    this.#silenceAlarm = undefined;
    if (!this.#timeouts || !this.#silent || this.state !== "open") return;
    const { keepalive, user } = this.#timeouts;
    const probes = Math.max(1, Math.ceil((user - keepalive) / (keepalive / 2)));
    const at = this.#heard + keepalive + (probes * keepalive) / 2;
    this.#silenceAlarm = this.#medium.clock.alarm(at, () => this.#timeOut());
  }

  #timeOut(): void {
    this.path.sendOnce(() => this.#peer.fail("ECONNRESET"));
    this.fail("ETIMEDOUT");
  }
}
