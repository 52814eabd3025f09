// SPDX-License-Identifier: Apache-2.0
/** The firmware's listeners and TCP connections on the virtual network. */
import { isIPv4 } from "node:net";
import { CAMERA_ADDRESS, type VirtualNetwork } from "../network/network";
import type { Endpoint, TcpEnd, TcpFailure } from "../network/tcp";
import { type Channel, type Connection, OpenError, type Opener, type OpenRequest } from "../link";
import { LinkError } from "../messages";
import { needBytes, numberOf, stringOf, unknownMessage } from "./requests";

const HIGHEST_PORT = 65_535;

/** Connections that a listener has announced, by number. */
export type Announced = Map<number, TcpEnd>;

/** An endpoint's bytes: u32 address in network order, u16 port. */
export const ENDPOINT_BYTES = 6;

export function encodeEndpoint({ address, port }: Endpoint): Buffer {
  const bytes = Buffer.alloc(ENDPOINT_BYTES);
  address.split(".").forEach((part, i) => (bytes[i] = Number(part)));
  bytes.writeUInt16LE(port, 4);
  return bytes;
}

export function decodeEndpoint(bytes: Buffer): Endpoint {
  return { address: bytes.subarray(0, 4).join("."), port: bytes.readUInt16LE(4) };
}

/** @throws OpenError if the port is missing or above 65,535 */
export function portOf(request: OpenRequest): number {
  const port = numberOf(request, "port");
  if (port > HIGHEST_PORT) throw new OpenError(`no such port: ${port}`);
  return port;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** Opens `tcp-listener`. @param announced gets the connections that wait */
export function tcpListenerOpener(network: VirtualNetwork, announced: Announced): Opener {
  let number = 0;
  return (request, connection) => {
    const wanted = portOf(request);
    const backlog = numberOf(request, "backlog");
    const port = wanted === 0 ? network.ephemeralPort() : wanted;
    const waiting = new Set<number>();
    const close = network.listen("camera", port, {
      accept: (end) => {
        for (const each of waiting) if (!announced.has(each)) waiting.delete(each);
        if (waiting.size > backlog) return false;
        number += 1;
        waiting.add(number);
        announced.set(number, end);
        connection.send("N", Buffer.concat([u32(number), encodeEndpoint(end.remote)]));
        return true;
      },
    });
    if (!close) throw new OpenError(`port ${port} is taken by another listener`);
    return {
      answer: { port },
      onMessage: unknownMessage,
      onClose() {
        close();
        for (const each of waiting) {
          announced.get(each)?.reset();
          announced.delete(each);
        }
      },
    };
  };
}

const FAILURES: Readonly<Record<TcpFailure, string>> = { ECONNREFUSED: "R", ECONNRESET: "X", ETIMEDOUT: "T" };

class TcpChannel implements Channel {
  readonly #connection: Connection;
  readonly #end: TcpEnd;
  readonly #timeouts: { keepalive: number; user: number };
  /** Bytes of the firmware's receive buffer that are free. */
  #room: number;

  constructor(request: OpenRequest, connection: Connection, end: TcpEnd) {
    this.#connection = connection;
    this.#end = end;
    this.#room = numberOf(request, "window");
    this.#timeouts = {
      keepalive: numberOf(request, "keepalive") * 1000,
      user: numberOf(request, "userTimeout") * 1000,
    };
    if (this.#timeouts.keepalive === 0 || this.#timeouts.user === 0) throw new OpenError("a timeout must be above 0");
  }

  ready(opened: () => void): void {
    opened();
    const connection = this.#connection;
    this.#end.adopt(
      {
        room: () => this.#room,
        onConnected: () => connection.send("C"),
        onBytes: (bytes) => {
          this.#room -= bytes.length;
          connection.send("D", bytes);
        },
        onEnd: () => connection.send("F"),
        onAcknowledged: (count) => connection.send("A", u32(count)),
        onFailed: (failure) => connection.send("X", Buffer.from(FAILURES[failure])),
      },
      this.#timeouts,
    );
  }

  onMessage(type: string, payload: Buffer): void {
    // A view of what was received.
    if (type === "D") return this.#end.send(Buffer.from(payload));
    needBytes(payload, 4, type);
    const value = payload.readUInt32LE(0);
    if (type === "R") {
      this.#room += value;
      this.#end.readMore();
    } else if (type === "K") {
      if (value === 0) throw new LinkError("a timeout must be above 0");
      this.#end.keepalive = value * 1000;
    } else unknownMessage(type);
  }

  onClose(): void {
    this.#end.close(true);
  }
}

/** Opens `tcp`: a connection in `announced`, or a new one to an address. */
export function tcpOpener(network: VirtualNetwork, announced: Announced): Opener {
  return (request, connection) => {
    if ("connection" in request) {
      const number = numberOf(request, "connection");
      const end = announced.get(number);
      if (!end) throw new OpenError(`connection ${number} does not wait`);
      announced.delete(number);
      return new TcpChannel(request, connection, end);
    }
    const address = stringOf(request, "address");
    if (!isIPv4(address)) throw new OpenError(`not an IPv4 address: ${address}`);
    const client = { address: CAMERA_ADDRESS, port: network.ephemeralPort() };
    const tcp = network.connection("camera", client, { address, port: portOf(request) });
    const channel = new TcpChannel(request, connection, tcp.client);
    return {
      ready(opened) {
        channel.ready(opened);
        tcp.request();
      },
      onMessage: (type, payload) => channel.onMessage(type, payload),
      onClose: () => channel.onClose(),
    };
  };
}
