// SPDX-License-Identifier: Apache-2.0
import * as dns from "dns-packet";
import fc from "fast-check";
import { Discovery, type Place } from "modules/network/network";
import { NAMES, NAMES_PAUSE, PROBE_DELAY, SOCKET_PAUSE } from "modules/network/mdns";
import { recordingLog } from "../fakes/log";
import { SyncTimers } from "../fakes/sync-timers";
import { FakeSegment, GROUP, PORT, type Sent } from "./fake-multicast";

const NAME = "tCam-Mini-EFB5";
const TYPE = "_tcam-socket._tcp.local";
const INSTANCE = `${NAME}.${TYPE}`;
const HOST = `${NAME}.local`;
const PLACE: Place = { name: NAME, addresses: ["192.168.4.1"], port: 5001 };

interface Rig {
  timers: SyncTimers;
  segment: FakeSegment;
  discovery: Discovery;
  lines: string[];
}

function rig(random = (): number => 0.5, segment = new FakeSegment(new SyncTimers()), host = "192.168.4.1"): Rig {
  const { timers } = segment;
  const { log, lines } = recordingLog(() => timers.now());
  const discovery = new Discovery({ udp: segment.udp(host), timers, log, random, version: "4.0" });
  return { timers, segment, discovery, lines };
}

/** A camera some time after its announcement. */
function announced(place: Place = PLACE): Rig {
  const camera = rig();
  camera.discovery.update(place);
  camera.timers.advance(60_000);
  camera.segment.take();
  return camera;
}

const types = (answers: readonly dns.Answer[] | undefined): string[] => (answers ?? []).map(({ type }) => type);
const responses = (sent: readonly Sent[]): Sent[] => sent.filter(({ packet }) => packet.type === "response");
const names = (sent: Sent): Set<string> =>
  new Set((sent.packet.answers ?? []).filter(({ type }) => type === "SRV").map(({ name }) => name));
const texts = (data: unknown): string[] => (data as Buffer[]).map((entry) => entry.toString());

/** An encoded query whose first question asks for a unicast answer. */
function unicastQuery(packet: dns.Packet): Uint8Array {
  const bytes = Uint8Array.from(dns.encode(packet));
  let at = 12;
  while (bytes[at] !== 0) at += 1 + (bytes[at] ?? 0);
  bytes[at + 3] = 0x80;
  return bytes;
}

describe("announcing", () => {
  test("is three probes 250 ms apart, then three announcements", () => {
    const { discovery, segment, timers } = rig();
    discovery.update(PLACE);
    timers.advance(10_000);
    const sent = segment.take();
    expect(sent.map(({ at, packet }) => [at, packet.type])).toEqual([
      [125, "query"],
      [375, "query"],
      [625, "query"],
      [875, "response"],
      [1_875, "response"],
      [3_875, "response"],
    ]);
    expect(sent.every(({ address, port }) => address === GROUP && port === PORT)).toBe(true);
  });

  test("a probe asks for both names and contains the records to be claimed", () => {
    const { discovery, segment, timers } = rig();
    discovery.update(PLACE);
    timers.advance(500);
    const [, probe] = segment.take();
    expect(probe?.packet.questions).toEqual([
      { name: INSTANCE, type: "ANY", class: "IN" },
      { name: HOST, type: "ANY", class: "IN" },
    ]);
    expect(types(probe?.packet.authorities)).toEqual(["SRV", "TXT", "A"]);
    expect(probe?.packet.authorities?.some(({ flush }) => flush)).toBe(false);
  });

  test("an announcement has type, instance, port, text and address", () => {
    const { discovery, segment, timers } = rig();
    discovery.update(PLACE);
    timers.advance(900);
    const announcement = segment.take().at(-1)?.packet;
    expect(announcement?.flags).toBe(dns.AUTHORITATIVE_ANSWER);
    const answers = (announcement?.answers ?? []).map((answer) =>
      answer.type === "TXT" ? { ...answer, data: texts(answer.data) } : answer,
    );
    expect(answers).toEqual([
      { name: TYPE, type: "PTR", class: "IN", flush: false, ttl: 4_500, data: INSTANCE },
      {
        name: INSTANCE,
        type: "SRV",
        class: "IN",
        flush: true,
        ttl: 120,
        data: { priority: 0, weight: 0, port: 5001, target: HOST },
      },
      {
        name: INSTANCE,
        type: "TXT",
        class: "IN",
        flush: true,
        ttl: 4_500,
        data: ["model=2", "interface=WiFi", "version=4.0"],
      },
      { name: HOST, type: "A", class: "IN", flush: true, ttl: 120, data: "192.168.4.1" },
      { name: "_services._dns-sd._udp.local", type: "PTR", class: "IN", flush: false, ttl: 4_500, data: TYPE },
    ]);
  });

  test("an SSID is announced unchanged; the host name has only valid characters", () => {
    const { segment, discovery, timers } = rig();
    discovery.update({ ...PLACE, name: "Kamera im Büro 热" });
    timers.advance(900);
    const answers = segment.take().at(-1)?.packet.answers ?? [];
    expect(answers[1]).toMatchObject({
      name: `Kamera im Büro 热.${TYPE}`,
      data: { target: "Kamera-im-B-ro.local" },
    });
  });

  test("control characters and bidirectional controls are left out of the name", () => {
    const { segment, discovery, timers } = rig();
    discovery.update({ ...PLACE, name: "Ki\u001b[31mln\u202e \u0007" });
    timers.advance(60_000);
    const sent = segment.take();
    expect(names(sent.at(-1) as Sent)).toEqual(new Set([`Ki [31mln.${TYPE}`]));
    expect(sent.flatMap(({ packet }) => packet.questions ?? []).map(({ name }) => name)).toContain(`Ki [31mln.${TYPE}`);
    expect(JSON.stringify(sent)).not.toMatch(/\\u001b|\u202e|\\u0007/);
  });

  test("a class with a method to join groups joins the group", () => {
    const segment = new FakeSegment(new SyncTimers());
    const { log } = recordingLog();
    const discovery = new Discovery({
      udp: segment.udp("192.168.4.1", true),
      timers: segment.timers,
      log,
      random: () => 0,
      version: "4.0",
    });
    discovery.update(PLACE);
    expect(segment.added).toEqual([GROUP]);
  });
});

describe("withdrawal", () => {
  test("sends a goodbye for every record and nothing more", () => {
    const { discovery, segment, timers } = announced();
    discovery.close();
    const [goodbye, ...more] = segment.take();
    expect(more).toEqual([]);
    expect(goodbye?.packet.type).toBe("response");
    expect(goodbye?.packet.answers?.map(({ type, ttl }) => [type, ttl])).toEqual([
      ["PTR", 0],
      ["SRV", 0],
      ["TXT", 0],
      ["A", 0],
      ["PTR", 0],
    ]);
    timers.advance(60_000);
    expect(segment.take()).toEqual([]);
    expect(segment.sockets.size).toBe(0);
    expect(timers.pending).toBe(0);
  });

  test("during probing sends no goodbye", () => {
    const { discovery, segment, timers } = rig();
    discovery.update(PLACE);
    timers.advance(300);
    segment.take();
    discovery.update(undefined);
    expect(segment.take()).toEqual([]);
    expect(timers.pending).toBe(0);
  });

  test.each<[string, Partial<Place>]>([
    ["name (D20)", { name: "Kitchen" }],
    ["address", { addresses: ["192.168.1.50"] }],
    ["port", { port: 35001 }],
  ])("a new %s: goodbye for the old one, then probes and announcements", (_what, change) => {
    const { discovery, segment, timers } = announced();
    const place = { ...PLACE, ...change };
    discovery.update(place);
    timers.advance(5_000);
    const sent = segment.take();
    expect(sent.map(({ packet }) => packet.type)).toEqual([
      "response",
      "query",
      "query",
      "query",
      ...Array(3).fill("response"),
    ]);
    expect(sent[0]?.packet.answers?.every(({ ttl }) => ttl === 0)).toBe(true);
    const answers = sent.at(-1)?.packet.answers ?? [];
    expect(answers[1]).toMatchObject({ name: `${place.name}.${TYPE}`, data: { port: place.port } });
    expect(answers[3]).toMatchObject({ name: `${place.name}.local`, data: place.addresses[0] });
    expect(segment.sockets.size).toBe(1);
  });

  test("an unchanged place sends nothing", () => {
    const { discovery, segment, timers } = announced();
    discovery.update({ ...PLACE });
    timers.advance(10_000);
    expect(segment.take()).toEqual([]);
  });
});

describe("answering", () => {
  const ask = (rigged: Rig, packet: dns.Packet, wait = 1_000): Sent[] => {
    rigged.segment.inject({ type: "query", ...packet });
    rigged.timers.advance(wait);
    return rigged.segment.take();
  };

  test("a query for cameras is answered with the instance and all records needed to connect", () => {
    const rigged = announced();
    const began = rigged.timers.now();
    const [answer, ...more] = ask(rigged, { questions: [{ name: TYPE, type: "PTR" }] });
    expect(more).toEqual([]);
    expect(answer?.address).toBe(GROUP);
    expect(types(answer?.packet.answers)).toEqual(["PTR"]);
    expect(types(answer?.packet.additionals)).toEqual(["SRV", "TXT", "A", "NSEC"]);
    expect(answer?.packet.questions).toEqual([]);
    // Other hosts may answer too: each waits 20 to 120 ms.
    expect((answer?.at ?? 0) - began).toBe(70);
  });

  test.each([
    ["SRV", INSTANCE, ["SRV"], ["A", "NSEC"]],
    ["TXT", INSTANCE, ["TXT"], []],
    ["ANY", INSTANCE, ["SRV", "TXT"], ["A", "NSEC"]],
    ["A", HOST, ["A"], ["NSEC"]],
    ["A", HOST.toUpperCase(), ["A"], ["NSEC"]],
    ["PTR", "_services._dns-sd._udp.local", ["PTR"], []],
  ])("%s %s", (type, name, answers, additionals) => {
    const [answer] = ask(announced(), { questions: [{ name, type }] });
    expect(types(answer?.packet.answers)).toEqual(answers);
    expect(types(answer?.packet.additionals)).toEqual(additionals);
  });

  test("a query for a unique record is answered at once", () => {
    const rigged = announced();
    const [answer] = ask(rigged, { questions: [{ name: HOST, type: "A" }] }, 0);
    expect(answer?.packet.answers?.[0]).toMatchObject({ type: "A", data: "192.168.4.1" });
  });

  test("a query for an address of another family gets a negative answer", () => {
    const [answer] = ask(announced(), { questions: [{ name: HOST, type: "AAAA" }] });
    expect(answer?.packet.answers).toEqual([
      { name: HOST, type: "NSEC", class: "IN", flush: true, ttl: 120, data: { nextDomain: HOST, rrtypes: ["A"] } },
    ]);
  });

  test.each([
    ["PTR", "_http._tcp.local"],
    ["A", "another.local"],
    ["SRV", `Another.${TYPE}`],
    ["A", NAME],
  ])("a query for another name or type (%s %s) is not answered", (type, name) => {
    expect(ask(announced(), { questions: [{ name, type }] })).toEqual([]);
  });

  test("a known answer with at least half its TTL suppresses the answer", () => {
    const known = (ttl: number): dns.Packet => ({
      questions: [{ name: TYPE, type: "PTR" }],
      answers: [{ name: TYPE, type: "PTR", ttl, data: INSTANCE }],
    });
    expect(ask(announced(), known(4_500))).toEqual([]);
    expect(ask(announced(), known(2_250))).toEqual([]);
    expect(ask(announced(), known(2_249))).toHaveLength(1);
    const other = { ...known(4_500), answers: [{ name: TYPE, type: "PTR", ttl: 4_500, data: `Other.${TYPE}` }] };
    expect(ask(announced(), other)).toHaveLength(1);
  });

  test("known answers in a second packet suppress the answer too", () => {
    const rigged = announced();
    const { segment, timers } = rigged;
    const first: dns.Packet = {
      type: "query",
      flags: dns.TRUNCATED_RESPONSE,
      questions: [{ name: TYPE, type: "PTR" }],
    };
    segment.inject(first);
    timers.advance(300);
    expect(segment.take()).toEqual([]);
    segment.inject({ type: "query", answers: [{ name: TYPE, type: "PTR", ttl: 4_500, data: INSTANCE }] });
    timers.advance(2_000);
    expect(segment.take()).toEqual([]);
    // Without the second packet the answer is sent, later.
    segment.inject(first);
    timers.advance(600);
    expect(segment.take()).toHaveLength(1);
  });

  test.each(["192.168.4.2", "192.168.4.3"])(
    "a known answer of one host (%s) does not suppress the answer to another",
    (knowingHost) => {
      const { segment, timers } = announced();
      for (const host of ["192.168.4.2", "192.168.4.3"])
        segment.inject(
          { type: "query", flags: dns.TRUNCATED_RESPONSE, questions: [{ name: TYPE, type: "PTR" }] },
          host,
        );
      timers.advance(300);
      segment.inject(
        { type: "query", answers: [{ name: TYPE, type: "PTR", ttl: 4_500, data: INSTANCE }] },
        knowingHost,
      );
      timers.advance(2_000);
      expect(segment.take()).toHaveLength(1);
    },
  );

  test("one answer serves many queries, and no record is multicast twice in a second", () => {
    const { segment, timers } = announced();
    for (let i = 0; i < 1_000; i++) {
      segment.inject({ type: "query", questions: [{ name: TYPE, type: "PTR" }] }, `192.168.4.${2 + (i % 200)}`);
      timers.advance(10);
    }
    timers.advance(2_000);
    const sent = segment.take();
    expect(sent.length).toBeGreaterThanOrEqual(9);
    expect(sent.length).toBeLessThanOrEqual(11);
    sent.slice(1).forEach(({ at }, i) => expect(at - (sent[i]?.at ?? 0)).toBeGreaterThanOrEqual(1_000));
  });

  test("a unicast question gets a unicast answer if the last multicast is recent", () => {
    const { segment, timers } = announced();
    const query = unicastQuery({ type: "query", questions: [{ name: HOST, type: "A" }] });
    segment.deliver(query, "192.168.4.7");
    timers.advance(1_000);
    // The announcement is older than a quarter of its TTL of 120 s: multicast for all caches.
    expect(segment.take().map(({ address }) => address)).toEqual([GROUP]);
    segment.deliver(query, "192.168.4.7");
    timers.advance(1_000);
    expect(segment.take().map(({ address, port }) => [address, port])).toEqual([["192.168.4.7", PORT]]);
  });

  test("a plain resolver gets its question and id back, with short TTLs and no flush bits", () => {
    const { segment, timers } = announced();
    segment.inject({ type: "query", id: 4_711, questions: [{ name: HOST, type: "A" }] }, "192.168.4.9", 51_000);
    timers.advance(1_000);
    const [answer] = segment.take();
    expect([answer?.address, answer?.port]).toEqual(["192.168.4.9", 51_000]);
    expect(answer?.packet).toMatchObject({
      id: 4_711,
      type: "response",
      questions: [{ name: HOST, type: "A", class: "IN" }],
      answers: [{ name: HOST, type: "A", flush: false, ttl: 10, data: "192.168.4.1" }],
    });
    expect(answer?.packet.additionals?.every(({ flush, ttl }) => !flush && (ttl ?? 0) <= 10)).toBe(true);
  });

  test("known answers of a plain resolver are ignored", () => {
    const { segment, timers } = announced();
    const record = { name: HOST, type: "A", ttl: 120, data: "192.168.4.1" };
    const query: dns.Packet = { type: "query", questions: [{ name: HOST, type: "A" }], answers: [record] };
    segment.inject(query, "192.168.4.9", 51_000);
    timers.advance(1_000);
    expect(segment.take().map(({ address }) => address)).toEqual(["192.168.4.9"]);
  });

  test("no query is answered before probing has ended", () => {
    const { discovery, segment, timers } = rig();
    discovery.update(PLACE);
    timers.advance(400);
    segment.inject({ type: "query", questions: [{ name: HOST, type: "A" }] });
    timers.advance(200);
    expect(responses(segment.take())).toEqual([]);
  });

  test("a record that another host sends with less than half its TTL is multicast again", () => {
    const { segment, timers } = announced();
    const respond = (ttl: number): void => {
      const answer = { name: HOST, type: "A", ttl, flush: true, data: "192.168.4.1" };
      segment.inject({ type: "response", answers: [answer] });
      timers.advance(1_000);
    };
    respond(60);
    expect(segment.take()).toEqual([]);
    respond(59);
    expect(segment.take()[0]?.packet.answers?.[0]).toMatchObject({ type: "A", ttl: 120 });
  });
});

/** Lehmer's generator: numbers between 0 and 1. */
function minstd(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}

describe("several interfaces", () => {
  const BOTH: Place = { ...PLACE, addresses: ["192.168.4.1", "10.0.0.1"] };
  const addresses = ({ packet }: Sent): unknown[] =>
    [...(packet.answers ?? []), ...(packet.additionals ?? [])]
      .filter(({ type }) => type === "A")
      .map(({ data }) => data);

  test("each has its own address and no other", () => {
    const { discovery, segment, timers } = rig();
    discovery.update(BOTH);
    timers.advance(60_000);
    const announcements = responses(segment.take());
    expect(announcements).toHaveLength(6);
    for (const sent of announcements) expect(addresses(sent)).toEqual([sent.from]);
    expect(new Set(announcements.map(({ from }) => from))).toEqual(new Set(BOTH.addresses));
  });

  test("on one network: the camera keeps its name, its own packets are no conflict", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = minstd(seed);
      const { discovery, segment, timers, lines } = rig(random);
      discovery.update(BOTH);
      timers.advance(20_000);
      const announcements = responses(segment.take());
      expect(new Set(announcements.flatMap((sent) => [...names(sent)]))).toEqual(new Set([INSTANCE]));
      segment.inject({ type: "query", questions: [{ name: TYPE, type: "PTR" }] }, "192.168.4.3");
      timers.advance(2_000);
      expect(segment.take().flatMap(addresses).sort()).toEqual(["10.0.0.1", "192.168.4.1"]);
      expect(lines.filter((line) => !line.includes("announcing") && !line.includes("is open"))).toEqual([]);
    }
  });

  test("a name taken on one is replaced on both", () => {
    const { discovery, segment, timers } = rig();
    discovery.update(BOTH);
    timers.advance(200);
    segment.inject({ type: "response", answers: [{ name: HOST, type: "A", ttl: 120, data: "192.168.4.99" }] });
    timers.advance(20_000);
    const announcements = responses(segment.take());
    expect(new Set(announcements.flatMap((sent) => [...names(sent)]))).toEqual(new Set([`${NAME} (2).${TYPE}`]));
    expect(new Set(announcements.map(({ from }) => from))).toEqual(new Set(BOTH.addresses));
  });

  test("one without a socket does not prevent the announcement on the others", () => {
    const { discovery, segment, timers } = rig();
    segment.without.add("10.0.0.1");
    discovery.update(BOTH);
    timers.advance(15_000);
    expect(new Set(responses(segment.take()).map(({ from }) => from))).toEqual(new Set(["192.168.4.1"]));
    segment.without.clear();
    timers.advance(SOCKET_PAUSE + 5_000);
    const late = responses(segment.take()).filter(({ from }) => from === "10.0.0.1");
    expect(new Set(late.flatMap((sent) => [...names(sent)]))).toEqual(new Set([INSTANCE]));
  });

  test("withdrawal is sent on each", () => {
    const { discovery, segment, timers } = announced(BOTH);
    discovery.close();
    const goodbyes = segment.take();
    expect(goodbyes.map(({ from }) => from).sort()).toEqual([...BOTH.addresses].sort());
    for (const { packet } of goodbyes) expect(packet.answers?.every(({ ttl }) => ttl === 0)).toBe(true);
    timers.advance(60_000);
    expect(segment.sockets.size).toBe(0);
    expect(timers.pending).toBe(0);
  });
});

describe("name conflicts", () => {
  const taken = (name: string): dns.Packet => ({
    type: "response",
    answers: [{ name, type: "A", ttl: 120, flush: true, data: "192.168.4.99" }],
  });

  test("a taken name gets a number, as instance and as host", () => {
    const { discovery, segment, timers, lines } = rig();
    discovery.update(PLACE);
    timers.advance(200);
    segment.inject(taken(HOST));
    timers.advance(5_000);
    const last = segment.take().at(-1);
    expect(last?.packet.answers?.[1]).toMatchObject({
      name: `${NAME} (2).${TYPE}`,
      data: { target: `${NAME}-2.local` },
    });
    expect(lines.join("\n")).toContain(`the name "${NAME}" is taken`);
  });

  test("a record of any type from another host makes the name taken", () => {
    const { discovery, segment, timers } = rig();
    discovery.update(PLACE);
    timers.advance(200);
    segment.inject({ type: "response", answers: [{ name: HOST, type: "AAAA", ttl: 120, data: "fe80::1" }] });
    timers.advance(5_000);
    expect(names(segment.take().at(-1) as Sent)).toEqual(new Set([`${NAME} (2).${TYPE}`]));
  });

  test("with all names taken it tries nine, waits a minute and starts again", () => {
    const { discovery, segment, timers, lines } = rig();
    discovery.update(PLACE);
    let probes = 0;
    for (let i = 0; i < 6_000; i++) {
      timers.advance(50);
      for (const { packet } of segment.take()) {
        if (packet.type !== "query") continue;
        probes++;
        const host = packet.questions?.[1]?.name;
        if (host) segment.inject(taken(host));
      }
    }
    // 300 s: five rounds of nine names, one probe for each.
    expect(probes).toBeGreaterThan(3 * NAMES);
    expect(probes).toBeLessThan(7 * NAMES);
    expect(lines.filter((line) => line.includes(`in ${NAMES_PAUSE / 1_000} s`)).length).toBeGreaterThanOrEqual(4);
  });

  test("two cameras of one name get two names, and both are found", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = minstd(seed);
      const segment = new FakeSegment(new SyncTimers());
      const one = rig(random, segment, "192.168.4.1");
      const other = rig(random, segment, "192.168.4.2");
      one.discovery.update(PLACE);
      segment.timers.advance(seed * 40);
      other.discovery.update({ ...PLACE, addresses: ["192.168.4.2"] });
      segment.timers.advance(20_000);
      segment.take();
      segment.inject({ type: "query", questions: [{ name: TYPE, type: "PTR" }] }, "192.168.4.3");
      segment.timers.advance(2_000);
      const found = responses(segment.take()).flatMap(({ packet }) => packet.answers?.map(({ data }) => data));
      expect([seed, new Set(found)]).toEqual([seed, new Set([INSTANCE, `${NAME} (2).${TYPE}`])]);
    }
  });

  test("of two simultaneous probes the one with the greater records wins, the other waits a second", () => {
    const { discovery, segment, timers } = rig();
    discovery.update(PLACE);
    timers.advance(200);
    const probe = (data: string): dns.Packet => ({
      type: "query",
      questions: [{ name: HOST, type: "ANY" }],
      authorities: [{ name: HOST, type: "A", ttl: 120, data }],
    });
    segment.take();
    segment.inject(probe("192.168.4.0"));
    timers.advance(300);
    expect(segment.take()).toHaveLength(1);
    segment.inject(probe("192.168.4.2"));
    timers.advance(999);
    expect(segment.take()).toEqual([]);
    timers.advance(1 + 3 * PROBE_DELAY);
    expect(segment.take().map(({ packet }) => packet.type)).toEqual(["query", "query", "query", "response"]);
  });

  test("a probe for the camera's name is answered at once, also right after another answer", () => {
    const { segment, timers } = announced();
    const probe: dns.Packet = {
      type: "query",
      questions: [{ name: HOST, type: "ANY" }],
      authorities: [{ name: HOST, type: "A", ttl: 120, data: "192.168.4.77" }],
    };
    segment.inject(probe);
    timers.advance(0);
    expect(segment.take()).toHaveLength(1);
    segment.inject(probe);
    timers.advance(250);
    expect(segment.take()).toHaveLength(1);
  });

  test("a conflict with an announced name starts probing; without a second conflict the name stays", () => {
    const { segment, timers } = announced();
    segment.inject(taken(HOST));
    timers.advance(5_000);
    const sent = segment.take();
    expect(sent.map(({ packet }) => packet.type).slice(0, 4)).toEqual(["query", "query", "query", "response"]);
    expect(names(sent.at(-1) as Sent)).toEqual(new Set([INSTANCE]));
  });

  test("an answer from another port than 5353 is ignored", () => {
    const { segment, timers } = announced();
    segment.inject(taken(HOST), "192.168.4.99", 51_000);
    timers.advance(5_000);
    expect(segment.take()).toEqual([]);
  });

  test("names in records are compared without case, numbers are not: another port is a conflict", () => {
    const port = 0x4141;
    const srv = (port: number, target: string): dns.Packet => ({
      type: "response",
      answers: [{ name: INSTANCE, type: "SRV", ttl: 120, data: { port, target, priority: 0, weight: 0 } }],
    });
    const { segment, timers } = announced({ ...PLACE, port });
    segment.inject(srv(port, HOST.toUpperCase()));
    timers.advance(5_000);
    expect(segment.take()).toEqual([]);
    segment.inject(srv(0x6161, HOST));
    timers.advance(500);
    expect(segment.take()[0]?.packet.type).toBe("query");
  });

  test("goodbyes and the camera's own packets are no conflict", () => {
    const { segment, timers, lines } = announced();
    segment.inject({ type: "response", answers: [{ name: HOST, type: "A", ttl: 0, data: "192.168.4.99" }] });
    segment.inject({ type: "query", questions: [{ name: TYPE, type: "PTR" }] });
    timers.advance(5_000);
    expect(segment.take().map(({ packet }) => packet.type)).toEqual(["response"]);
    expect(lines.some((line) => line.includes("taken") || line.includes("probing again"))).toBe(false);
  });
});

describe("failures", () => {
  test("opening a socket is retried every 10 s", () => {
    const { discovery, segment, timers, lines } = rig();
    segment.broken = true;
    discovery.update(PLACE);
    timers.advance(3 * SOCKET_PAUSE + 1);
    expect(lines.filter((line) => line.includes("no network"))).toHaveLength(4);
    segment.broken = false;
    timers.advance(SOCKET_PAUSE + 2_000);
    expect(responses(segment.take()).length).toBeGreaterThan(0);
  });

  test("after a socket error the socket is opened and the service announced again", () => {
    const { segment, timers } = announced();
    for (const socket of [...segment.sockets]) socket.fail();
    expect(segment.sockets.size).toBe(0);
    timers.advance(SOCKET_PAUSE + 5_000);
    expect(responses(segment.take())).toHaveLength(3);
  });

  test("packets that cannot be sent do not end the service", () => {
    const { discovery, segment, timers } = rig();
    segment.down = true;
    discovery.update(PLACE);
    timers.advance(10_000);
    segment.down = false;
    segment.inject({ type: "query", questions: [{ name: HOST, type: "A" }] });
    timers.advance(1_000);
    expect(segment.take()).toHaveLength(1);
  });

  test("arbitrary packets neither stop it nor cause endless traffic", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom(HOST, INSTANCE, TYPE).chain((name) =>
        fc.constantFrom("query" as const, "response" as const).map((type) => {
          const records = [{ name, type: "A", ttl: 7, data: "1.2.3.4" }];
          return Uint8Array.from(
            dns.encode({ type, questions: [{ name, type: "ANY" }], answers: records, authorities: records }),
          );
        }),
      ),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(bytes, fc.nat(400), fc.constantFrom(PORT, 40_000)), { maxLength: 30 }),
        (packets) => {
          const { discovery, segment, timers } = rig();
          discovery.update(PLACE);
          for (const [packet, pause, port] of packets) {
            segment.deliver(packet, "192.168.4.66", port);
            timers.advance(pause);
          }
          expect(segment.take().length).toBeLessThanOrEqual(10 + 2 * packets.length);
          // Without further packets it is announced under its own name or the next free one.
          timers.advance(NAMES_PAUSE + 10_000);
          segment.take();
          segment.inject({ type: "query", questions: [{ name: TYPE, type: "PTR" }] });
          timers.advance(2_000);
          expect(segment.take()).toHaveLength(1);
          discovery.close();
          // The goodbye is still to be delivered to its sender.
          timers.advance(0);
          expect(timers.pending).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("the page", () => {
  const WEB: Place = { ...PLACE, webPort: 80 };
  const WEB_TYPE = "_http._tcp.local";
  const WEB_INSTANCE = `${NAME}.${WEB_TYPE}`;

  test("is a service of its own beside the command socket, with a path", () => {
    const { discovery, segment, timers } = rig();
    discovery.update(WEB);
    timers.advance(900);
    const sent = segment.take();
    expect(sent[1]?.packet.questions?.map(({ name }) => name)).toEqual([INSTANCE, WEB_INSTANCE, HOST]);
    expect(types(sent[1]?.packet.authorities)).toEqual(["SRV", "TXT", "SRV", "TXT", "A"]);
    const answers = sent.at(-1)?.packet.answers ?? [];
    expect(answers.map(({ type, name }) => `${type} ${name}`)).toEqual([
      ...[`PTR ${TYPE}`, `SRV ${INSTANCE}`, `TXT ${INSTANCE}`, `A ${HOST}`, "PTR _services._dns-sd._udp.local"],
      ...[`PTR ${WEB_TYPE}`, `SRV ${WEB_INSTANCE}`, `TXT ${WEB_INSTANCE}`, "PTR _services._dns-sd._udp.local"],
    ]);
    const of = (type: string): dns.Answer[] =>
      answers.filter((answer) => answer.type === type && answer.name === WEB_INSTANCE);
    expect(of("SRV").map((answer) => "data" in answer && answer.data)).toEqual([
      { priority: 0, weight: 0, port: 80, target: HOST },
    ]);
    expect(of("TXT").map((answer) => texts("data" in answer && answer.data))).toEqual([["path=/"]]);
  });

  test("is found by its type, with the records that are needed next", () => {
    const { segment, timers } = announced(WEB);
    segment.inject({ type: "query", questions: [{ type: "PTR", name: WEB_TYPE }] });
    timers.advance(200);
    const [answer] = responses(segment.take());
    expect(types(answer?.packet.answers)).toEqual(["PTR"]);
    expect(types(answer?.packet.additionals)).toEqual(["SRV", "TXT", "A", "NSEC"]);
  });

  test("says goodbye with the command socket, and when the page alone ends", () => {
    const { discovery, segment, timers } = announced(WEB);
    discovery.update(PLACE);
    const [goodbye] = responses(segment.take());
    expect(goodbye?.packet.answers?.map(({ name, ttl }) => [name, ttl])).toContainEqual([WEB_TYPE, 0]);
    timers.advance(10_000);
    const names = segment.take().flatMap(({ packet }) => (packet.answers ?? []).map(({ name }) => name));
    expect(names).not.toContain(WEB_TYPE);
  });

  test("gives way to another device of its name, and takes the command socket's name along", () => {
    const { discovery, segment, timers } = rig();
    discovery.update(WEB);
    timers.advance(200);
    segment.inject({
      type: "response",
      answers: [
        { type: "SRV", name: WEB_INSTANCE, ttl: 120, data: { priority: 0, weight: 0, port: 9, target: "other.local" } },
      ],
    });
    timers.advance(5_000);
    const announcement = responses(segment.take()).at(-1);
    const claimed = (announcement?.packet.answers ?? []).filter(({ type }) => type === "SRV").map(({ name }) => name);
    expect(claimed).toEqual([`${NAME} (2).${TYPE}`, `${NAME} (2).${WEB_TYPE}`]);
  });
});
