// SPDX-License-Identifier: Apache-2.0
import type { TimerHandle, Timers } from "drivers/timers/timers";
import { messageOf, type Log } from "modules/log/log";
import {
  buildMessage,
  CLASS_IN,
  FLAG_AUTHORITATIVE,
  FLAG_RESPONSE,
  FLAG_TRUNCATED,
  parseMessage,
  TYPE_ANY,
  type Message,
  type ResourceRecord,
} from "./dns-message";
import { sameName } from "./dns-name";
import {
  additionalsTo,
  answersTo,
  compareRecords,
  sameRecord,
  serviceRecords,
  type ServiceDescription,
  type ServiceRecords,
} from "./dns-records";
import { AnswerQueue } from "./mdns-queue";
import type { UDPConstructor, UDPSocket } from "./io";

const MDNS_GROUP = "224.0.0.251";
export const MDNS_PORT = 5353;

/** Milliseconds, RFC 6762 §8.1–8.3. */
export const PROBE_DELAY = 250;
const PROBES = 3;
const PROBE_DEFER = 1_000;
/** Delays between the announcements. */
const ANNOUNCE_PAUSES: readonly number[] = Object.freeze([1_000, 2_000], true);
/**
 * Random delay of shared answers, so that cameras do not answer all at once (§6); longer when more known answers follow
 * (§7.2).
 */
const ANSWER_DELAY_MIN = 20;
const ANSWER_DELAY_SPREAD = 100;
const TRUNCATED_DELAY_MIN = 400;
/** Largest TTL for resolvers without multicast DNS, in seconds (§6.7). */
const LEGACY_TTL = 10;
/** Number of names tried: the plain one, then "name (2)" to "name (9)"; then a pause, and the sequence restarts. */
export const NAMES = 9;
export const NAMES_PAUSE = 60_000;
/** Interval between attempts to open the socket. */
export const SOCKET_PAUSE = 10_000;

export interface ResponderOptions {
  udp: UDPConstructor;
  timers: Timers;
  log: Log;
  /** A number in the range [0, 1). */
  random(): number;
  service: ServiceDescription;
}

/**
 * Announces a host's services on one interface and answers questions about them: a multicast DNS responder (RFC 6762) with the
 * records of DNS-SD (RFC 6763). It probes for its names, announces and defends them, renames on a conflict, and says
 * goodbye. The services are immutable: a new address or name needs a new responder.
 */
export class Responder {
  private readonly options: ResponderOptions;
  private records: ServiceRecords;
  private socket: UDPSocket | undefined;
  private queue: AnswerQueue | undefined;
  /** False while probing. */
  private established = false;
  /** Number of the name in use: 1 is the plain one. */
  private name = 1;
  private timer: TimerHandle | undefined;
  private closed = false;

  constructor(options: ResponderOptions) {
    this.options = options;
    this.records = serviceRecords(options.service);
    this.open();
  }

  /** Withdraws the services: a goodbye removes them from caches at once. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    if (this.established) this.goodbye();
    this.shut();
  }

  private open(): void {
    const { udp, timers, log, service } = this.options;
    try {
      this.socket = new udp({
        port: MDNS_PORT,
        address: service.address,
        multicast: MDNS_GROUP,
        timeToLive: 255,
        onReadable: (packets) => this.read(packets),
        onError: () => this.broken("the socket failed"),
      });
      this.socket.add?.(MDNS_GROUP);
    } catch (error) {
      this.broken(messageOf(error));
      return;
    }
    this.queue = new AnswerQueue(timers, (records) => this.multicast(records));
    log.debug("multicast DNS is open");
    this.probe(this.options.random() * PROBE_DELAY);
  }

  private broken(reason: string): void {
    if (this.closed) return;
    this.shut();
    this.options.log.warn(`multicast DNS: ${reason}; retry in ${SOCKET_PAUSE / 1_000} s`);
    this.after(SOCKET_PAUSE, () => this.open());
  }

  private shut(): void {
    this.established = false;
    this.options.timers.clear(this.timer);
    this.timer = undefined;
    this.queue?.clear();
    this.queue = undefined;
    try {
      this.socket?.close();
    } catch (error) {
      this.options.log.debug(`multicast DNS: ${messageOf(error)}`);
    }
    this.socket = undefined;
  }

  /** Sends three probes for the names, the first after `delay`. */
  private probe(delay: number): void {
    this.established = false;
    this.queue?.clear();
    let sent = 0;
    const next = (): void => {
      if (sent++ === PROBES) {
        this.establish();
        return;
      }
      // The first may be answered by unicast, which is fastest; a multicast answer to the others reaches all who share
      // this port.
      this.send(this.probeMessage(sent === 1));
      this.after(PROBE_DELAY, next);
    };
    this.after(delay, next);
  }

  private probeMessage(unicast: boolean): Uint8Array {
    const { host, instances, a } = this.records;
    const questions = [...instances.map(({ name }) => name), host].map((name) => ({
      name,
      type: TYPE_ANY,
      class: CLASS_IN,
      unicast,
    }));
    // Nothing to flush: no cache holds a name that is still being probed for.
    const authorities = [...instances.flatMap(({ srv, txt }) => [srv, txt]), a].map((record) => ({
      ...record,
      flush: false,
    }));
    return buildMessage({ questions, authorities });
  }

  /** The names are established: announces them three times. */
  private establish(): void {
    const { service, log } = this.options;
    this.established = true;
    const { instance, host } = this.names();
    log.info(
      `announcing "${instance}" (${host}.local) at ${service.address} port ${service.services.map(({ port }) => port).join(" and ")}`,
    );
    let announced = 0;
    const announce = (): void => {
      this.queue?.add(this.records.all, 0);
      const pause = ANNOUNCE_PAUSES[announced++];
      if (pause !== undefined) this.after(pause, announce);
    };
    announce();
  }

  private goodbye(): void {
    this.send(
      buildMessage({
        flags: FLAG_RESPONSE | FLAG_AUTHORITATIVE,
        answers: this.records.all.map((record) => ({ ...record, ttl: 0 })),
      }),
    );
  }

  private read(packets: number): void {
    for (let i = 0; i < packets; i++) {
      const datagram = this.socket?.read();
      if (!datagram) return;
      const message = parseMessage(new Uint8Array(datagram));
      if (!message) continue;
      if (message.flags & FLAG_RESPONSE) {
        // Answers from another port are ignored (RFC 6762 §6).
        if (datagram.port === MDNS_PORT) this.response(message);
      } else {
        this.query(message, datagram.address, datagram.port);
      }
    }
  }

  private response({ answers, additionals }: Message): void {
    for (const record of [...answers, ...additionals]) {
      if (record.ttl === 0 || record.class !== CLASS_IN) continue;
      if (this.conflicts(record)) {
        this.conflict();
        return;
      }
      if (this.established) this.correct(record);
    }
  }

  /** Whether another device uses one of the camera's names. */
  private conflicts(record: ResourceRecord): boolean {
    const { host, instances, all } = this.records;
    if (![host, ...instances.map(({ name }) => name)].some((name) => sameName(record.name, name))) return false;
    if (this.isOurs(record)) return false;
    // While probing, any record of a name means that it is taken (§8.1). Later, only different data of the same type
    // conflicts (§9).
    return !this.established || all.some((own) => own.type === record.type && sameName(own.name, record.name));
  }

  /** The camera receives its own packets, also through another interface on the same network. */
  private isOurs(record: ResourceRecord): boolean {
    const { all, hostNsec, instances, elsewhere } = this.records;
    return [...all, hostNsec, ...instances.map(({ nsec }) => nsec), ...elsewhere].some((own) =>
      sameRecord(own, record),
    );
  }

  /** Corrects a host that sends the camera's record with less than half its lifetime (§6.6). */
  private correct(record: ResourceRecord): void {
    for (const own of this.records.all)
      if (record.ttl < own.ttl / 2 && sameRecord(own, record)) this.queue?.add([own], this.answerDelay());
  }

  private conflict(): void {
    const { log, random } = this.options;
    if (this.established) {
      // The answer may be stale: probing resolves it (§9).
      log.warn("another device answers to this camera's name; probing again");
      this.probe(random() * PROBE_DELAY);
      return;
    }
    const taken = this.names().instance;
    this.name = (this.name % NAMES) + 1;
    const { instance, host } = this.names();
    this.records = serviceRecords({ ...this.options.service, instance, host });
    const pause = this.name === 1 ? NAMES_PAUSE : PROBE_DELAY;
    log.warn(`the name "${taken}" is taken; trying "${instance}" in ${pause / 1_000} s`);
    this.probe(pause);
  }

  private names(): { instance: string; host: string } {
    const { instance, host } = this.options.service;
    if (this.name === 1) return { instance, host };
    return { instance: `${instance} (${this.name})`, host: `${host}-${this.name}` };
  }

  private query(message: Message, address: string, port: number): void {
    if (!this.established) {
      this.tieBreak(message);
      return;
    }
    const queue = this.queue;
    if (!queue) return;
    const legacy = port !== MDNS_PORT;
    const known = (own: ResourceRecord): boolean =>
      !legacy && message.answers.some((record) => record.ttl >= own.ttl / 2 && sameRecord(own, record));
    // Known answers that follow a truncated query of the same sender.
    for (const record of this.records.all) if (known(record)) queue.withdraw(record, address);

    const unicast = new Set<ResourceRecord>();
    const multicast = new Set<ResourceRecord>();
    for (const question of message.questions) {
      for (const record of answersTo(question, this.records)) {
        if (known(record)) continue;
        // Multicasts anyway if the record was not multicast for a quarter of its lifetime, to refresh caches (§5.4).
        const direct = legacy || (question.unicast && queue.sentWithin(record, (record.ttl / 4) * 1_000));
        (direct ? unicast : multicast).add(record);
      }
    }
    if (unicast.size > 0) this.reply([...unicast], message, address, port);
    if (multicast.size > 0) this.enqueue([...multicast], message, address);
  }

  private enqueue(records: readonly ResourceRecord[], message: Message, address: string): void {
    if (message.authorities.length > 0) {
      // A probe for one of the camera's names is answered at once (§6).
      this.queue?.defend(records);
    } else if (message.flags & FLAG_TRUNCATED) {
      this.queue?.add(records, TRUNCATED_DELAY_MIN + this.options.random() * ANSWER_DELAY_SPREAD, address);
    } else {
      this.queue?.add(records, records.every((record) => record.flush) ? 0 : this.answerDelay(), address);
    }
  }

  /**
   * Resolves simultaneous probes for one name: the host with the later records keeps it, the other waits and probes
   * again (§8.2).
   */
  private tieBreak({ authorities }: Message): void {
    const { host, instances, a } = this.records;
    const unique = instances.map(({ name, srv, txt }) => [name, [srv, txt]] as const);
    for (const [name, own] of [[host, [a]] as const, ...unique]) {
      const theirs = authorities.filter((record) => sameName(record.name, name));
      if (theirs.every((record) => this.isOurs(record))) continue;
      if (compareRecords(own, theirs) < 0) {
        this.options.log.info("another device probes for this camera's name; waiting for it");
        this.probe(PROBE_DEFER);
        return;
      }
    }
  }

  private reply(answers: readonly ResourceRecord[], query: Message, address: string, port: number): void {
    const additionals = additionalsTo(answers, this.records);
    const flags = FLAG_RESPONSE | FLAG_AUTHORITATIVE;
    if (port === MDNS_PORT) {
      this.send(buildMessage({ flags, answers, additionals }), address, port);
      return;
    }
    // A legacy resolver needs the question repeated and does not support cache flush (§6.7).
    const plain = (record: ResourceRecord): ResourceRecord => ({
      ...record,
      flush: false,
      ttl: Math.min(record.ttl, LEGACY_TTL),
    });
    const questions = query.questions.map((question) => ({ ...question, unicast: false }));
    const reply = { id: query.id, flags, questions, answers: answers.map(plain), additionals: additionals.map(plain) };
    this.send(buildMessage(reply), address, port);
  }

  private multicast(answers: readonly ResourceRecord[]): readonly ResourceRecord[] {
    const additionals = additionalsTo(answers, this.records);
    this.send(buildMessage({ flags: FLAG_RESPONSE | FLAG_AUTHORITATIVE, answers, additionals }));
    return additionals;
  }

  private send(bytes: Uint8Array, address = MDNS_GROUP, port = MDNS_PORT): void {
    try {
      this.socket?.write(bytes, address, port);
    } catch (error) {
      // The network may have just gone down; a new responder starts when it returns.
      this.options.log.debug(`multicast DNS: not sent, dropped: ${messageOf(error)}`);
    }
  }

  private answerDelay(): number {
    return ANSWER_DELAY_MIN + this.options.random() * ANSWER_DELAY_SPREAD;
  }

  private after(delay: number, callback: () => void): void {
    this.options.timers.clear(this.timer);
    this.timer = this.options.timers.set(callback, delay);
  }
}
