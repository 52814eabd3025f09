// SPDX-License-Identifier: Apache-2.0
/** The medium of the virtual network: decides when packets arrive, in board time, and which are lost. */
import type { Clock } from "../../lepton";

/** Conditions of the network, as faults. What is on its way keeps those it was sent under, but for `reachable`. */
export interface NetworkConditions {
  /** Milliseconds from one end to the other. */
  readonly delay: number;
  /** Bytes a second, for each direction; packets of all connections share it. Infinity: no limit. */
  readonly bandwidth: number;
  /** Probability that a packet is lost. A datagram never arrives; a TCP segment is sent again, and delays what follows it. */
  readonly loss: number;
  /** False: nothing arrives. TCP goes on from there when it is true again. */
  readonly reachable: boolean;
}

export const PERFECT: NetworkConditions = { delay: 0, bandwidth: Infinity, loss: 0, reachable: true };

/** Payload of a segment: 1,460 less the options that Linux and lwIP send. */
export const SEGMENT = 1436;
/** IPv4 and TCP headers. */
const HEADERS = 40;
/** µs to the first retransmission: Linux's shortest (TCP_RTO_MIN). It doubles with each further one. */
const RETRANSMISSION = 200_000;
/** Retransmissions of one segment; then it counts as arrived. */
const MOST_RETRANSMISSIONS = 6;

/** To the firmware, or from it. */
export type Direction = "in" | "out";

export class Medium {
  conditions = PERFECT;
  readonly clock: Clock;
  readonly #random: () => number;
  /** When the medium is free again, for each direction. */
  readonly #free = { in: 0, out: 0 };

  constructor(clock: Clock, random: () => number) {
    this.clock = clock;
    this.#random = random;
  }

  /** @returns board time in µs at which a packet sent now arrives */
  arrival(direction: Direction, bytes: number): number {
    const { delay, bandwidth } = this.conditions;
    const now = this.clock.now();
    if (bandwidth === Infinity) return now + delay * 1000;
    const free = Math.max(now, this.#free[direction]) + ((bytes + HEADERS) * 1e6) / bandwidth;
    this.#free[direction] = free;
    return free + delay * 1000;
  }

  get loses(): boolean {
    const { loss } = this.conditions;
    return loss > 0 && this.#random() < loss;
  }

  /** µs that a segment waits for its retransmissions. */
  retransmission(): number {
    let time = 0;
    for (let i = 0; i < MOST_RETRANSMISSIONS && this.loses; i++) time += RETRANSMISSION * 2 ** i;
    return time;
  }

  /** Calls back at this board time; at once if it is not in the future. */
  at(time: number, callback: () => void): void {
    if (time <= this.clock.now()) callback();
    else this.clock.alarm(time, callback);
  }
}

/** One direction of a connection: everything arrives, in order. */
export class Path {
  readonly #medium: Medium;
  readonly #direction: Direction;
  readonly #reachable: () => boolean;
  #last = 0;
  #onWay = 0;
  /** Packets held until the ends can reach each other again. */
  #held: (() => void)[] = [];

  /** @param reachable whether the connection's ends can reach each other */
  constructor(medium: Medium, direction: Direction, reachable: () => boolean) {
    this.#medium = medium;
    this.#direction = direction;
    this.#reachable = reachable;
  }

  /** Sends bytes, cut into segments where that matters. */
  sendBytes(bytes: Buffer, arrive: (bytes: Buffer) => void): void {
    const { bandwidth, loss } = this.#medium.conditions;
    const size = bandwidth === Infinity && loss === 0 ? bytes.length : SEGMENT;
    for (let at = 0; at < bytes.length; at += size) {
      const part = bytes.subarray(at, at + size);
      this.send(part.length, () => arrive(part));
    }
  }

  /** Sends one packet, again when it is lost. */
  send(bytes: number, arrive: () => void): void {
    this.#carry(this.#medium.arrival(this.#direction, bytes) + this.#medium.retransmission(), arrive);
  }

  /** Sends an acknowledgement: without bandwidth, and never lost, as a later one repeats it. */
  acknowledge(arrive: () => void): void {
    this.#carry(this.#medium.clock.now() + this.#medium.conditions.delay * 1000, arrive);
  }

  /** Sends a packet that is not repeated: a reset. */
  sendOnce(arrive: () => void): void {
    this.#carry(this.#medium.arrival(this.#direction, 0), () => undefined, arrive);
  }

  /** The ends may reach each other again. */
  release(): void {
    if (!this.#reachable()) return;
    const held = this.#held;
    this.#held = [];
    for (const arrive of held) arrive();
  }

  #carry(at: number, arrive: () => void, once?: () => void): void {
    // After a packet that is due at the same moment.
    this.#last = Math.max(this.#last, at);
    this.#onWay += 1;
    const event = (): void => {
      this.#onWay -= 1;
      if (this.#reachable() && this.#held.length === 0) (once ?? arrive)();
      else if (!once) this.#held.push(arrive);
    };
    if (this.#onWay > 1) this.#medium.clock.alarm(this.#last, event);
    else this.#medium.at(this.#last, event);
  }
}
