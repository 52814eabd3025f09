// SPDX-License-Identifier: Apache-2.0
import * as dns from "dns-packet";
import fc from "fast-check";
import { buildMessage, parseMessage, TYPE_PTR, TYPE_SRV, type Message } from "modules/network/dns-message";
import { domainName, sameName } from "modules/network/dns-name";

/** A name in wire form as text. */
function text(name: string): string {
  const labels: string[] = [];
  for (let i = 0; name.charCodeAt(i) > 0; i += 1 + name.charCodeAt(i))
    labels.push(Buffer.from(name.slice(i + 1, i + 1 + name.charCodeAt(i)), "latin1").toString());
  return labels.join(".");
}

function parse(bytes: Uint8Array | Buffer): Message {
  const message = parseMessage(Uint8Array.from(bytes));
  if (!message) throw new Error("not parsed");
  return message;
}

const label = fc.stringMatching(/^[a-zA-Z0-9 _ü热-]{1,20}$/u);
const name = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join("."));
const ttl = fc.integer({ min: 0, max: 0xffffffff });
const record: fc.Arbitrary<dns.Answer> = fc.oneof(
  fc.record({ name, ttl, type: fc.constant("A"), flush: fc.boolean(), data: fc.ipV4() }),
  fc.record({ name, ttl, type: fc.constant("PTR"), flush: fc.boolean(), data: name }),
  fc.record({
    name,
    ttl,
    type: fc.constant("SRV"),
    flush: fc.boolean(),
    data: fc.record({
      port: fc.nat(0xffff),
      target: name,
      priority: fc.nat(0xffff),
      weight: fc.nat(0xffff),
    }),
  }),
  fc.record({
    name,
    ttl,
    type: fc.constant("TXT"),
    flush: fc.boolean(),
    data: fc.array(fc.string({ minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 4 }),
  }),
);
const packet: fc.Arbitrary<dns.Packet> = fc.record({
  id: fc.nat(0xffff),
  type: fc.constantFrom("query" as const, "response" as const),
  questions: fc.array(fc.record({ name, type: fc.constantFrom("A", "PTR", "SRV", "TXT", "ANY") }), { maxLength: 4 }),
  answers: fc.array(record, { maxLength: 4 }),
  authorities: fc.array(record, { maxLength: 3 }),
  additionals: fc.array(record, { maxLength: 4 }),
});

test("messages of another implementation are read, and encode to the same bytes", () => {
  fc.assert(
    fc.property(packet, (sent) => {
      const bytes = dns.encode(sent);
      const message = parse(bytes);
      expect(message.id).toBe(sent.id);
      expect(message.questions.map((question) => text(question.name))).toEqual(sent.questions?.map(({ name }) => name));
      expect(message.answers.map(({ ttl }) => ttl)).toEqual(sent.answers?.map(({ ttl }) => ttl));
      expect(message.answers.map(({ flush }) => flush)).toEqual(sent.answers?.map(({ flush }) => flush));
      expect(Buffer.from(buildMessage(message)).equals(bytes)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

describe("compressed names", () => {
  const header = (answers: number): number[] => [0, 0, 0x84, 0, 0, 0, 0, answers, 0, 0, 0, 0];
  const bytes = (...parts: (number[] | string)[]): Uint8Array =>
    Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...Buffer.from(part, "latin1")] : part)));

  test("are read in every place, and data contains them uncompressed", () => {
    // _t._tcp.local PTR cam._t._tcp.local; cam._t._tcp.local SRV 5001 cam.local
    const message = parse(
      bytes(
        header(2),
        "\x02_t\x04_tcp\x05local\0",
        [0, 12, 0, 1, 0, 0, 0x11, 0x94, 0, 6],
        "\x03cam",
        [0xc0, 12],
        [0xc0, 37],
        [0, 33, 0x80, 1, 0, 0, 0, 120, 0, 12, 0, 0, 0, 0, 0x13, 0x89],
        "\x03cam",
        [0xc0, 20],
      ),
    );
    expect(message.answers.map((answer) => text(answer.name))).toEqual(["_t._tcp.local", "cam._t._tcp.local"]);
    expect(message.answers.map((answer) => Buffer.from(answer.data).toString("latin1"))).toEqual([
      "\x03cam\x02_t\x04_tcp\x05local\0",
      "\0\0\0\0\x13\x89\x03cam\x05local\0",
    ]);
  });

  test.each<[string, Uint8Array]>([
    ["a pointer to itself", bytes(header(1), [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])],
    ["a pointer forwards", bytes(header(1), [0xc0, 14, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])],
    ["two pointers in a loop", bytes(header(1), "\x01a", [0xc0, 14, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])],
    ["a pointer cut off", bytes(header(1), [0xc0])],
    ["a label cut off", bytes(header(1), "\x05loc")],
    ["an unknown kind of label", bytes(header(1), [0x41, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])],
    [
      "a name of more than 255 bytes",
      bytes(header(1), `\x3f${"a".repeat(63)}`.repeat(4), "\0", Array<number>(10).fill(0)),
    ],
    ["data beyond the end", bytes(header(1), "\x01a\0", [0, 1, 0, 1, 0, 0, 0, 0, 0, 5, 1, 2, 3, 4])],
    [
      "a PTR whose name is shorter than its data",
      bytes(header(1), "\x01a\0", [0, 12, 0, 1, 0, 0, 0, 0, 0, 4], "\x01b\0\0"),
    ],
    ["more records than there are bytes", bytes(header(3), "\x01a\0", [0, 1, 0, 1, 0, 0, 0, 0, 0, 0])],
    ["a header cut off", bytes([0, 0, 0, 0])],
    ["another opcode", bytes([0, 0, 0x28, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
    ["an error answer", bytes([0, 0, 0x80, 3, 0, 0, 0, 0, 0, 0, 0, 0])],
    ["ten thousand records", bytes([0, 0, 0, 0, 0x27, 0x10, 0, 0, 0, 0, 0, 0])],
  ])("%s: the message is rejected", (_name, message) => {
    expect(parseMessage(message)).toBeUndefined();
  });

  test("a message of 128 questions and records is read, a larger one is rejected", () => {
    const questions = (count: number): Uint8Array =>
      bytes([0, 0, 0, 0, 0, count, 0, 0, 0, 0, 0, 0], ...Array<number[]>(count).fill([0, 0, 1, 0, 1]));
    expect(parse(questions(128)).questions).toHaveLength(128);
    expect(parseMessage(questions(129))).toBeUndefined();
  });

  /** A record whose data is a chain of pointers to its name, the root, and a record whose name points to the last of them. */
  const chain = (count: number): Uint8Array => {
    const start = 23; // header, root, type, class, TTL, length
    const pointers = [12, ...Array.from({ length: count - 1 }, (_, i) => start + 2 * i), start + 2 * (count - 1)];
    const encoded = pointers.flatMap((target) => [0xc0 | (target >> 8), target & 0xff]);
    const length = 2 * count;
    const first = [0, 0, 16, 0, 1, 0, 0, 0, 0, length >> 8, length & 0xff];
    return bytes(header(2), first, encoded, [0, 16, 0, 1, 0, 0, 0, 0, 0, 0]);
  };

  test("a chain of 31 pointers is followed, a longer one is rejected", () => {
    expect(parse(chain(31)).answers.map(({ name }) => name)).toEqual(["\0", "\0"]);
    expect(parseMessage(chain(32))).toBeUndefined();
    expect(parseMessage(chain(4_000))).toBeUndefined();
  });
});

describe("arbitrary bytes", () => {
  const whole = (bytes: Uint8Array): void => {
    const message = parseMessage(bytes);
    if (!message) return;
    for (const { name, type, data } of [...message.answers, ...message.authorities, ...message.additionals]) {
      expect(name.length).toBeLessThanOrEqual(255);
      if (type === TYPE_PTR) expect(data.at(-1)).toBe(0);
      if (type === TYPE_SRV) expect(data.length).toBeGreaterThan(6);
    }
    expect(parseMessage(buildMessage(message))).toEqual(message);
  };

  test("do not throw, and a message that was read survives encoding and reading", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => whole(bytes)),
      { numRuns: 2_000 },
    );
  });

  test("made by damaging messages: cut, changed, extended", () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(packet, damage, fc.nat(), fc.boolean(), (sent, changes, length, cut) => {
        const bytes = Uint8Array.from(dns.encode(sent));
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        whole(cut ? bytes.slice(0, length % (bytes.length + 1)) : bytes);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe("names", () => {
  test("are compared without the case of ASCII letters, with the case of all others", () => {
    expect(sameName(domainName("tCam-Mini", "local"), domainName("TCAM-mini", "LOCAL"))).toBe(true);
    expect(sameName(domainName("Büro"), domainName("BÜRO"))).toBe(false);
    expect(sameName(domainName("a.b"), domainName("a", "b"))).toBe(false);
  });

  test("longer than a label are cut after a whole character", () => {
    expect(text(domainName("ü".repeat(40)))).toBe("ü".repeat(31));
    expect(domainName("a".repeat(70))).toBe(`\x3f${"a".repeat(63)}\0`);
  });
});
