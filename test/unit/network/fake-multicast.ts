// SPDX-License-Identifier: Apache-2.0
import * as dns from "dns-packet";
import type { Datagram, UDPConstructor } from "modules/network/io";
import type { SyncTimers } from "../fakes/sync-timers";

export const GROUP = "224.0.0.251";
export const PORT = 5353;

export interface Sent {
  at: number;
  from: string;
  address: string;
  port: number;
  packet: dns.Packet;
  bytes: Uint8Array;
}

interface Socket {
  host: string;
  deliver(datagram: Datagram): void;
  fail(): void;
}

/** A network segment: every multicast reaches every socket, including its sender's. `dns-packet` decodes the sent packets. */
export class FakeSegment {
  readonly timers: SyncTimers;
  readonly sockets = new Set<Socket>();
  readonly sent: Sent[] = [];
  /** Sockets cannot be opened. */
  broken = false;
  /** Addresses without an interface: sockets cannot be opened there. */
  readonly without = new Set<string>();
  /** Packets cannot be sent. */
  down = false;
  added: string[] = [];

  constructor(timers: SyncTimers) {
    this.timers = timers;
  }

  /** The UDP class of a host. @param hostAddress used when the socket's options have no address @param withAdd with a method that joins groups */
  udp(hostAddress: string, withAdd = false): UDPConstructor {
    const segment = this as FakeSegment;
    class UDP {
      readonly #queue: Datagram[] = [];
      readonly #socket: Socket;
      readonly #host: string;

      constructor(options: ConstructorParameters<UDPConstructor>[0]) {
        const host = (this.#host = options.address ?? hostAddress);
        if (segment.broken || segment.without.has(host)) throw new Error("no network");
        expect(options).toMatchObject({ port: PORT, multicast: GROUP, timeToLive: 255 });
        this.#socket = {
          host,
          deliver: (datagram) => {
            this.#queue.push(datagram);
            segment.timers.set(() => this.#queue.length > 0 && options.onReadable?.(this.#queue.length), 0);
          },
          fail: () => options.onError?.(),
        };
        segment.sockets.add(this.#socket);
        if (withAdd) Object.assign(this, { add: (group: string) => segment.added.push(group) });
      }

      write(buffer: Uint8Array, address: string, port: number): void {
        if (!segment.sockets.has(this.#socket)) throw new Error("closed");
        if (segment.down) throw new Error("UDP send failed");
        segment.send(this.#host, buffer, address, port);
      }

      read(): Datagram | undefined {
        return this.#queue.shift();
      }

      close(): void {
        segment.sockets.delete(this.#socket);
        this.#queue.length = 0;
      }
    }
    return UDP;
  }

  send(from: string, bytes: Uint8Array, address: string, port: number): void {
    const copy = Uint8Array.from(bytes);
    this.sent.push({ at: this.timers.now(), from, address, port, packet: dns.decode(Buffer.from(copy)), bytes: copy });
    if (address === GROUP) this.deliver(copy, from);
  }

  /** Delivers a packet to every socket. */
  deliver(bytes: Uint8Array, from: string, port = PORT): void {
    for (const socket of [...this.sockets])
      socket.deliver(Object.assign(bytes.slice().buffer, { address: from, port }));
  }

  /** Delivers a packet that `dns-packet` has encoded. */
  inject(packet: dns.Packet, from = "192.168.4.2", port = PORT): void {
    this.deliver(Uint8Array.from(dns.encode(packet)), from, port);
  }

  /** Packets sent since the last call. */
  take(): Sent[] {
    return this.sent.splice(0);
  }
}
