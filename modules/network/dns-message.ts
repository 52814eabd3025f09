// SPDX-License-Identifier: Apache-2.0
/** DNS messages (RFC 1035 §4) as multicast DNS uses them (RFC 6762 §18): parsed from untrusted bytes, and written. */
import { NAME_BYTES, type DomainName } from "./dns-name";

/** Record types. */
export const TYPE_A = 1;
export const TYPE_PTR = 12;
export const TYPE_TXT = 16;
export const TYPE_SRV = 33;
export const TYPE_NSEC = 47;
export const TYPE_ANY = 255;
export const CLASS_IN = 1;
export const CLASS_ANY = 255;

/** Priority, weight and port, which precede the target in an SRV record (RFC 2782). */
export const SRV_FIXED_BYTES = 6;

/** Header flags. */
export const FLAG_RESPONSE = 0x8000;
export const FLAG_AUTHORITATIVE = 0x0400;
/** More known answers follow in another message. */
export const FLAG_TRUNCATED = 0x0200;
const OPCODE_AND_RCODE = 0x780f;

/** Top bit of the class: answer by unicast in a question, flush the cache in a record. */
const TOP_BIT = 0x8000;
const HEADER_BYTES = 12;
/** Enough for a browser's list of known answers. A message with more records is ignored. */
const RECORDS_MAX = 128;
/** A name needs one jump, or a few if compressors share suffixes. */
const JUMPS_MAX = 32;

export interface Question {
  name: DomainName;
  type: number;
  class: number;
  /** The querier accepts a unicast answer. */
  unicast: boolean;
}

export interface ResourceRecord {
  name: DomainName;
  type: number;
  class: number;
  /** The record is the only one of its name and type: other cached records are invalid. */
  flush: boolean;
  /** Seconds. */
  ttl: number;
  /** Record data with uncompressed names, so that equal records have equal bytes (RFC 6762 §8.2). */
  data: Uint8Array;
}

export interface Message {
  id: number;
  flags: number;
  questions: readonly Question[];
  answers: readonly ResourceRecord[];
  authorities: readonly ResourceRecord[];
  additionals: readonly ResourceRecord[];
}

class FormatError extends Error {}

/**
 * @returns the message, or undefined for malformed bytes or a message that is neither query nor answer (another opcode,
 * an error)
 */
export const parseMessage = (bytes: Uint8Array): Message | undefined => {
  try {
    return new Reader(bytes).message();
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
};

class Reader {
  private readonly bytes: Uint8Array;
  private offset = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  message(): Message | undefined {
    if (this.bytes.length < HEADER_BYTES) return undefined;
    const id = this.u16();
    const flags = this.u16();
    if (flags & OPCODE_AND_RCODE) return undefined;
    const counts = [this.u16(), this.u16(), this.u16(), this.u16()] as const;
    if (counts[0] + counts[1] + counts[2] + counts[3] > RECORDS_MAX) return undefined;
    return {
      id,
      flags,
      questions: this.list(counts[0], () => this.question()),
      answers: this.list(counts[1], () => this.record()),
      authorities: this.list(counts[2], () => this.record()),
      additionals: this.list(counts[3], () => this.record()),
    };
  }

  private list<T>(count: number, read: () => T): T[] {
    const list: T[] = [];
    for (let i = 0; i < count; i++) list.push(read());
    return list;
  }

  private question(): Question {
    const name = this.name();
    const type = this.u16();
    const top = this.u16();
    return { name, type, class: top & ~TOP_BIT, unicast: (top & TOP_BIT) !== 0 };
  }

  private record(): ResourceRecord {
    const name = this.name();
    const type = this.u16();
    const top = this.u16();
    const ttl = this.u16() * 65_536 + this.u16();
    const length = this.u16();
    const end = this.offset + length;
    if (end > this.bytes.length) throw new FormatError("data beyond the end");
    const data = this.data(type, end);
    this.offset = end;
    return { name, type, class: top & ~TOP_BIT, flush: (top & TOP_BIT) !== 0, ttl, data };
  }

  /** Record data with uncompressed names. */
  private data(type: number, end: number): Uint8Array {
    const fixed = type === TYPE_SRV ? SRV_FIXED_BYTES : type === TYPE_PTR ? 0 : undefined;
    if (fixed === undefined) return this.bytes.slice(this.offset, end);
    const start = this.offset;
    this.offset += fixed;
    const name = this.name();
    if (this.offset !== end) throw new FormatError("a name that is not as long as its record");
    const data = new Uint8Array(fixed + name.length);
    data.set(this.bytes.subarray(start, start + fixed));
    writeName(data, fixed, name);
    return data;
  }

  private name(): DomainName {
    let name = "";
    let at = this.offset;
    let jumps = 0;
    for (;;) {
      const length = this.u8At(at);
      if (length >= 0xc0) {
        const target = ((length & 0x3f) << 8) | this.u8At(at + 1);
        if (jumps++ === 0) this.offset = at + 2;
        // Pointers lead backwards only (RFC 1035 §4.1.4: "a prior occurrence"), so the loop ends.
        if (target >= at || jumps > JUMPS_MAX) throw new FormatError("a pointer that leads nowhere");
        at = target;
        continue;
      }
      if (length >= 0x40) throw new FormatError("an unknown kind of label");
      if (at + 1 + length > this.bytes.length) throw new FormatError("a label beyond the end");
      for (let i = 0; i <= length; i++) name += String.fromCharCode(this.u8At(at + i));
      if (name.length > NAME_BYTES) throw new FormatError("a name too long");
      at += 1 + length;
      if (length === 0) break;
    }
    if (jumps === 0) this.offset = at;
    return name;
  }

  private u8At(offset: number): number {
    const value = this.bytes[offset];
    if (value === undefined) throw new FormatError("beyond the end");
    return value;
  }

  private u16(): number {
    const value = (this.u8At(this.offset) << 8) | this.u8At(this.offset + 1);
    this.offset += 2;
    return value;
  }
}

/** Writes a message. Names are not compressed: the camera's few records fit one packet without it. */
export const buildMessage = (message: Partial<Message>): Uint8Array => {
  const { id = 0, flags = 0, questions = [], answers = [], authorities = [], additionals = [] } = message;
  const records = [...answers, ...authorities, ...additionals];
  let size = HEADER_BYTES;
  for (const question of questions) size += question.name.length + 4;
  for (const record of records) size += record.name.length + 10 + record.data.length;

  const bytes = new Uint8Array(size);
  const counts = [id, flags, questions.length, answers.length, authorities.length, additionals.length];
  let offset = 0;
  const u16 = (value: number): void => {
    bytes[offset++] = value >> 8;
    bytes[offset++] = value;
  };
  for (const count of counts) u16(count);
  for (const question of questions) {
    offset = writeName(bytes, offset, question.name);
    u16(question.type);
    u16(question.class | (question.unicast ? TOP_BIT : 0));
  }
  for (const record of records) {
    offset = writeName(bytes, offset, record.name);
    u16(record.type);
    u16(record.class | (record.flush ? TOP_BIT : 0));
    u16(record.ttl >>> 16);
    u16(record.ttl & 0xffff);
    u16(record.data.length);
    bytes.set(record.data, offset);
    offset += record.data.length;
  }
  return bytes;
};

/** @returns the offset after the name */
export const writeName = (bytes: Uint8Array, offset: number, name: DomainName): number => {
  for (let i = 0; i < name.length; i++) bytes[offset + i] = name.charCodeAt(i);
  return offset + name.length;
};
