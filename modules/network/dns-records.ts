// SPDX-License-Identifier: Apache-2.0
/** The records that announce a host's services (RFC 6763), and the answers to questions about them. */
import { parseAddress } from "modules/text/ipv4";
import {
  CLASS_ANY,
  CLASS_IN,
  SRV_FIXED_BYTES,
  TYPE_A,
  TYPE_ANY,
  TYPE_NSEC,
  TYPE_PTR,
  TYPE_SRV,
  TYPE_TXT,
  writeName,
  type Question,
  type ResourceRecord,
} from "./dns-message";
import { domainName, sameName, utf8, type DomainName } from "./dns-name";

/** Seconds: short for records with a host's name or address, long for the others (RFC 6762 §10). */
const TTL_HOST = 120;
const TTL_OTHER = 4_500;
const LOCAL = "local";
/** A TXT string's length is one byte. */
const TXT_BYTES = 255;

export interface Service {
  /** Labels of the service type: `["_tcam-socket", "_tcp"]`. */
  type: readonly [string, string];
  port: number;
  txt: Readonly<Record<string, string>>;
}

export interface ServiceDescription {
  /** The services' name for people: any UTF-8 text of 1–63 bytes. */
  instance: string;
  /** Host name without ".local". */
  host: string;
  services: readonly Service[];
  /** Dotted IPv4 address on the interface of the announcement. */
  address: string;
  /** The host's addresses on other interfaces, which may be on the same network. */
  otherAddresses: readonly string[];
}

/** The records of one service. */
export interface InstanceRecords {
  readonly name: DomainName;
  /** Unique records, which are probed for. */
  readonly srv: ResourceRecord;
  readonly txt: ResourceRecord;
  /** The type has this instance. */
  readonly ptr: ResourceRecord;
  /** This type exists (RFC 6763 §9). */
  readonly types: ResourceRecord;
  /** The record types of the name; all others are denied (RFC 6762 §6.1). */
  readonly nsec: ResourceRecord;
}

export interface ServiceRecords {
  readonly host: DomainName;
  readonly instances: readonly InstanceRecords[];
  /** Unique, as SRV and TXT. */
  readonly a: ResourceRecord;
  /** All records above but NSEC, in the order of the announcement. */
  readonly all: readonly ResourceRecord[];
  readonly hostNsec: ResourceRecord;
  /** Address records that this host announces on other interfaces. */
  readonly elsewhere: readonly ResourceRecord[];
}

export const serviceRecords = (service: ServiceDescription): ServiceRecords => {
  const host = domainName(service.host, LOCAL);
  const address = (text: string): ResourceRecord => unique(host, TYPE_A, TTL_HOST, addressData(text));
  const a = address(service.address);
  const instances = service.services.map((one) => instanceRecords(service.instance, host, one));
  return {
    host,
    instances,
    a,
    all: instances.flatMap(({ ptr, srv, txt, types }, i) => [ptr, srv, txt, ...(i === 0 ? [a] : []), types]),
    hostNsec: unique(host, TYPE_NSEC, TTL_HOST, nsecData(host, [TYPE_A])),
    elsewhere: service.otherAddresses.map(address),
  };
};

const instanceRecords = (instance: string, host: DomainName, service: Service): InstanceRecords => {
  const type = domainName(...service.type, LOCAL);
  const name = domainName(instance, ...service.type, LOCAL);
  return {
    name,
    srv: unique(name, TYPE_SRV, TTL_HOST, serviceData(service.port, host)),
    txt: unique(name, TYPE_TXT, TTL_OTHER, textData(service.txt)),
    ptr: shared(type, name),
    types: shared(domainName("_services", "_dns-sd", "_udp", LOCAL), type),
    nsec: unique(name, TYPE_NSEC, TTL_HOST, nsecData(name, [TYPE_TXT, TYPE_SRV])),
  };
};

/** The answers to a question: the records asked for, or an NSEC record that denies the type. */
export const answersTo = (question: Question, records: ServiceRecords): ResourceRecord[] => {
  if (question.class !== CLASS_IN && question.class !== CLASS_ANY) return [];
  const named = records.all.filter((record) => sameName(record.name, question.name));
  const answers = named.filter((record) => question.type === TYPE_ANY || record.type === question.type);
  if (answers.length > 0) return answers;
  if (sameName(question.name, records.host)) return [records.hostNsec];
  return records.instances.filter(({ name }) => sameName(question.name, name)).map(({ nsec }) => nsec);
};

/** The records that a querier asks for next (RFC 6763 §12). */
export const additionalsTo = (answers: readonly ResourceRecord[], records: ServiceRecords): ResourceRecord[] => {
  const additionals = new Set<ResourceRecord>();
  for (const { ptr, srv, txt } of records.instances) {
    if (answers.includes(ptr)) additionals.add(srv).add(txt);
    if (answers.includes(srv) || additionals.has(srv)) additionals.add(records.a);
  }
  if (answers.includes(records.a) || additionals.has(records.a)) additionals.add(records.hostNsec);
  return [...additionals].filter((record) => !answers.includes(record));
};

/** Compares name, type and data, not lifetimes. */
export const sameRecord = (a: ResourceRecord, b: ResourceRecord): boolean =>
  a.type === b.type && a.class === b.class && sameName(a.name, b.name) && compareBytes(dataOf(a), dataOf(b)) === 0;

/**
 * Tie-break between two simultaneous probes for one name (RFC 6762 §8.2): class, then type, then data, byte by byte.
 * The first difference between two lists decides; without a difference, the shorter list is earlier.
 *
 * @returns below 0: `a` is earlier and loses; 0: the lists are equal
 */
export const compareRecords = (a: readonly ResourceRecord[], b: readonly ResourceRecord[]): number => {
  const sortedA = [...a].sort(compareRecord);
  const sortedB = [...b].sort(compareRecord);
  for (let i = 0; ; i++) {
    const left = sortedA[i];
    const right = sortedB[i];
    if (!left || !right) return (left ? 1 : 0) - (right ? 1 : 0);
    const order = compareRecord(left, right);
    if (order !== 0) return order;
  }
};

const compareRecord = (a: ResourceRecord, b: ResourceRecord): number =>
  a.class - b.class || a.type - b.type || compareBytes(a.data, b.data);

const compareBytes = (a: Uint8Array, b: Uint8Array): number => {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
};

/** Data to compare for equality: names in it are in lower case. */
const dataOf = (record: ResourceRecord): Uint8Array => {
  if (record.type !== TYPE_PTR && record.type !== TYPE_SRV) return record.data;
  const fixed = record.type === TYPE_SRV ? SRV_FIXED_BYTES : 0;
  return record.data.map((byte, index) => (index >= fixed && byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte));
};

const unique = (name: DomainName, type: number, ttl: number, data: Uint8Array): ResourceRecord => ({
  name,
  type,
  class: CLASS_IN,
  flush: true,
  ttl,
  data,
});

const shared = (name: DomainName, target: DomainName): ResourceRecord => {
  const data = new Uint8Array(target.length);
  writeName(data, 0, target);
  return { name, type: TYPE_PTR, class: CLASS_IN, flush: false, ttl: TTL_OTHER, data };
};

const addressData = (text: string): Uint8Array => {
  const address = parseAddress(text) ?? 0;
  return Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address);
};

/** Priority 0, weight 0, port, target (RFC 2782). */
const serviceData = (port: number, host: DomainName): Uint8Array => {
  const data = new Uint8Array(SRV_FIXED_BYTES + host.length);
  data[SRV_FIXED_BYTES - 2] = port >> 8;
  data[SRV_FIXED_BYTES - 1] = port;
  writeName(data, SRV_FIXED_BYTES, host);
  return data;
};

/** `key=value` strings; one empty string if there are none (RFC 6763 §6.1). */
const textData = (txt: Readonly<Record<string, string>>): Uint8Array => {
  const bytes: number[] = [];
  for (const [key, value] of Object.entries(txt)) {
    const text = utf8(`${key}=${value}`).slice(0, TXT_BYTES);
    bytes.push(text.length, ...text);
  }
  return Uint8Array.from(bytes.length > 0 ? bytes : [0]);
};

/** Next name = the name itself, then one block of the type bitmap (RFC 6762 §6.1, RFC 4034 §4.1.2). Types below 256. */
const nsecData = (name: DomainName, types: readonly number[]): Uint8Array => {
  const length = (Math.max(...types) >> 3) + 1;
  const data = new Uint8Array(name.length + 2 + length);
  const bitmap = writeName(data, 0, name) + 2;
  data[bitmap - 1] = length;
  for (const type of types) data[bitmap + (type >> 3)] = (data[bitmap + (type >> 3)] ?? 0) | (0x80 >> (type & 7));
  return data;
};
