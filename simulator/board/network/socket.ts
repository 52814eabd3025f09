// SPDX-License-Identifier: Apache-2.0
/** A program's end of a TCP connection on the virtual network, in place of a socket of Node. */
import { Duplex } from "node:stream";
import { CAMERA_ADDRESS, type VirtualNetwork } from "./network";
import type { Endpoint, TcpEnd, TcpFailure, TcpOwner } from "./tcp";

/** Bytes, of the order of Linux's. */
const RECEIVE_BUFFER = 65_536;
const SEND_BUFFER = 65_536;

export interface VirtualSocketOptions {
  /** As in node:net: the socket stays writable after the camera has shut down its side. Default false. */
  readonly allowHalfOpen?: boolean;
}

/** As an `Error` of node:net. */
function failureOf(failure: TcpFailure, { address, port }: Endpoint): NodeJS.ErrnoException {
  const syscall = failure === "ECONNREFUSED" ? "connect" : "read";
  return Object.assign(new Error(`${syscall} ${failure} ${address}:${port}`), { code: failure, syscall });
}

/** Used as a `Socket` of node:net, as far as it goes. It emits `connect`. */
export class VirtualSocket extends Duplex {
  connecting = true;
  bytesRead = 0;
  bytesWritten = 0;
  readonly #network: VirtualNetwork;
  readonly #end: TcpEnd;
  /** Bytes received that are not in the stream yet. */
  #reported = 0;
  /** Bytes written and not acknowledged. */
  #unacknowledged = 0;
  /** Goes on when the connection or the send buffer allows it. */
  #blocked: (() => void) | undefined;
  #resets = false;

  /** @param end open, or about to be connected */
  constructor(network: VirtualNetwork, end: TcpEnd, { allowHalfOpen = false }: VirtualSocketOptions = {}) {
    super({ allowHalfOpen, readableHighWaterMark: RECEIVE_BUFFER, writableHighWaterMark: SEND_BUFFER });
    this.#network = network;
    this.#end = end;
    if (end.state === "open") this.connecting = false;
    end.adopt(this.#owner());
  }

  /** Connects to a port of the camera. @param options.address the client's */
  static connect(
    network: VirtualNetwork,
    port: number,
    options: VirtualSocketOptions & { readonly address?: string } = {},
  ): VirtualSocket {
    network.pacer.sync();
    const client = { address: options.address ?? CAMERA_ADDRESS, port: network.ephemeralPort() };
    const connection = network.connection("outside", client, { address: CAMERA_ADDRESS, port });
    const socket = new VirtualSocket(network, connection.client, options);
    connection.request();
    return socket;
  }

  get remoteAddress(): string {
    return this.#end.remote.address;
  }
  get remotePort(): number {
    return this.#end.remote.port;
  }
  get localAddress(): string {
    return this.#end.local.address;
  }
  get localPort(): number {
    return this.#end.local.port;
  }

  /** A fault: false while nothing arrives in either direction. */
  get reachable(): boolean {
    return this.#end.connection.reachable;
  }
  set reachable(reachable: boolean) {
    this.#network.pacer.sync();
    this.#end.connection.reachable = reachable;
  }

  /** Ends the connection by a reset. */
  resetAndDestroy(): this {
    this.#resets = true;
    return this.destroy();
  }

  /** As a Socket's; without effect here. */
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  setTimeout(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }

  override _read(): void {
    // The bytes that are being read still count in readableLength.
    process.nextTick(() => this.#end.readMore());
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#network.pacer.sync();
    this.#whenPossible(() => {
      this.bytesWritten += chunk.length;
      this.#unacknowledged += chunk.length;
      this.#end.send(Buffer.from(chunk));
      this.#whenPossible(done);
    });
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#network.pacer.sync();
    this.#whenPossible(() => {
      this.#end.finish();
      done();
    });
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#network.pacer.sync();
    this.connecting = false;
    // A socket of Linux that is closed with unread input resets the connection.
    if (this.#resets || this.readableLength + this.#reported > 0) this.#end.reset();
    else this.#end.close(false);
    done(error);
  }

  #whenPossible(work: () => void): void {
    if (this.connecting || this.#unacknowledged > SEND_BUFFER) this.#blocked = work;
    else work();
  }

  #unblock(): void {
    const blocked = this.#blocked;
    this.#blocked = undefined;
    if (blocked) this.#whenPossible(blocked);
  }

  #owner(): TcpOwner {
    const report = (work: () => void): void => this.#network.report(() => !this.destroyed && work());
    return {
      room: () => RECEIVE_BUFFER - this.readableLength - this.#reported,
      onConnected: () =>
        report(() => {
          this.connecting = false;
          this.emit("connect");
          this.#unblock();
        }),
      onBytes: (bytes) => {
        this.#reported += bytes.length;
        report(() => {
          this.#reported -= bytes.length;
          this.bytesRead += bytes.length;
          this.push(bytes);
        });
      },
      onEnd: () => report(() => this.push(null)),
      onAcknowledged: (count) => {
        this.#unacknowledged -= count;
        if (this.#blocked) report(() => this.#unblock());
      },
      onFailed: (failure) => report(() => this.destroy(failureOf(failure, this.#end.remote))),
    };
  }
}
