// SPDX-License-Identifier: Apache-2.0
import { TABLE } from "modules/protocol/table";
import { engineText } from "modules/protocol/text";
import { FIELD_NAMES } from "modules/web/http-head";
import { type QuerySpec, type RouteName, ROUTES, type RouteSpec } from "modules/web/routes";
import { DESCRIPTOR_MAGIC, HEADER_LENGTH, IMAGE_MAGIC } from "modules/update/image-header";
import { MessageGenerator } from "./messages";
import type { Random } from "./random";
import { joined } from "./websocket-side";

/** The path of requests that lie in bodies: it must never be read as one. */
export const SMUGGLED = "/smuggled";

/** Bytes that a client sends as one request. */
export interface Request {
  readonly bytes: Uint8Array;
  /** Of a valid request. */
  readonly expected?: Expected;
}

/** What a valid request may be answered with. */
export interface Expected {
  readonly name: RouteName;
  readonly head: boolean;
  readonly statuses: readonly number[];
  /** The request asks for the end of the connection, or its answer is long-lived. */
  readonly last: boolean;
}

type Lines = [name: string, value: string][];

const PLAIN: readonly RouteName[] = ["config", "websocket", "stream", "events"];
const NAMES = Object.keys(ROUTES) as RouteName[];
const HOSTS = ["192.168.4.1", "192.168.4.1:80", "LOCALHOST", "[::1]:8080", "camera", "Camera.local."];
const SEED = "dGhlIHNhbXBsZSBub25jZQ==";
/** Statuses beside 200 of a valid request: of the camera's own failures, which the fake services have at random. */
const FAILURES: Readonly<Partial<Record<RouteName, readonly number[]>>> = {
  page: [304],
  openapi: [304],
  websocket: [101, 503],
  events: [503],
  stream: [503],
  snapshot: [503],
  snapshotPng: [503],
  imageTjsn: [503],
  imageRaw: [503],
  imageNpy: [503],
  imageTiff: [503],
  imagePng16: [503],
  imageCsv: [503],
  thermal: [503],
  thermalVision: [409, 503],
  setConfig: [400, 500, 503],
  setWifi: [400, 500],
  command: [400, 500, 503],
  ffc: [500, 503],
  update: [400, 409, 500],
};
const METHODS = ["GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE", "PATCH", "get", "", "GET\t", "G".repeat(40)];
const VERSIONS = ["HTTP/1.1", "HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "HTTP/0.9", "HTTP/1.10", "http/1.1", ""];
const TARGETS = [
  ...["*", "", "/nothing", "//", "/..", "?", "/?", "/%2e%2e/", "http://192.168.4.1/", "http://192.168.4.9/x"],
  ...["http://", "https://192.168.4.1/", "192.168.4.1:80", "/api/v1/", "/api/v1/log?since=%", "/api/v1/log?since=1+"],
  ...["/api/v1/log?since=%ff", "/?__proto__=1&constructor=2", "/snapshot.jpg?scale=3", "/stream.mjpg?fps=1e9"],
];
/** At and beyond the limit of the request line. */
const LONG_TARGETS = [1_009, 1_010, 1_011, 2_000].map((length) => `/${"a".repeat(length)}`);
const LENGTHS = ["", "0", "1", "00", "5, 5", "+5", "-1", "0x5", "5 ", "5;", "1e3", "4294967295", "4294967296"];
const VALUES: Readonly<Record<string, readonly string[]>> = {
  host: [
    "",
    ":80",
    ".",
    "evil.example",
    "192.168.4.1, evil.example",
    "[::1",
    "1.2.3",
    "a".repeat(300),
    "192.168.4.1:x",
  ],
  origin: ["null", "", "http://evil.example", "http://192.168.4.1", "https://192.168.4.1", "HTTP://192.168.4.1"],
  connection: ["close", "keep-alive", "Upgrade", "upgrade, close", ",,", "Content-Length", ""],
  upgrade: ["websocket", "h2c", "WebSocket, x", ""],
  "content-type": ["application/json", "text/plain", "multipart/form-data", "application/json;charset=x", ""],
  expect: ["100-continue", "100-Continue", "200-ok", ""],
  "if-none-match": ["*", '"a", W/"b"', "", '"'],
  "sec-fetch-site": ["cross-site", "same-origin", "none", "CROSS-SITE"],
  "sec-websocket-key": [SEED, "", "AAAA", `${SEED}=`, "\u00e9".repeat(24)],
  "sec-websocket-version": ["13", "8", "", "13, 8"],
  "sec-websocket-protocol": ["tcam.2", "x, tcam.2", ",", ""],
};
const OTHERS = ["", "x", "a b", " \t ", "x".repeat(100), "\u00ff"];

/** Generates requests of valid and hostile clients: from the route table, then partly mutated. */
export class RequestGenerator {
  readonly #messages: MessageGenerator;
  #plain = 0;

  constructor(private readonly random: Random) {
    this.#messages = new MessageGenerator(random);
  }

  /** A valid request, whose body fits its route. */
  valid(): Request {
    const { random } = this;
    const name = random.pick(NAMES);
    const route: RouteSpec = ROUTES[name];
    const head = route.method === "GET" && route.place === undefined && random.once(6);
    const last = route.place !== undefined || random.once(12);
    const lines: Lines = [["Host", random.pick(HOSTS)], ...this.#usual(name)];
    if (name === "websocket") lines.push(...this.#handshake());
    else if (last || random.once(6)) lines.push(["Connection", last ? "close" : "keep-alive"]);
    const body = route.body ? this.#body(name) : new Uint8Array(0);
    if (route.body) {
      lines.push(["Content-Type", route.body.type], ["Content-Length", `${body.length}`]);
      if (random.once(4)) lines.push(["Expect", "100-continue"]);
    }
    const target = random.pick([route.path, ...(route.aliases ?? [])]) + this.#query(route);
    const statuses = [200, ...(FAILURES[name] ?? []), ...(body.length > (route.body?.max ?? 0) ? [413] : [])];
    const bytes = requestBytes(head ? "HEAD" : route.method, target, this.#shuffled(lines), body);
    return { bytes, expected: { name, head, statuses, last } };
  }

  /** A request that succeeds when there is no other client: of each kind of place, one after the other. */
  plain(): Request {
    const name = PLAIN[this.#plain++ % PLAIN.length] as RouteName;
    const { path, place }: RouteSpec = ROUTES[name];
    const lines: Lines = [["Host", "camera"], ...(name === "websocket" ? this.#handshake() : [])];
    const statuses = [name === "websocket" ? 101 : 200];
    const bytes = requestBytes("GET", path, lines, new Uint8Array(0));
    return { bytes, expected: { name, head: false, statuses, last: place !== undefined } };
  }

  /** Almost a request. */
  hostile(): Request {
    const { random } = this;
    const bytes = random.once(8) ? this.#noise() : random.once(3) ? this.valid().bytes : this.#wrong();
    return { bytes: random.once(2) ? this.#mutate(bytes) : bytes };
  }

  /** A request with another one where servers disagree about the end of the body: RFC 9112 section 11.2. */
  smuggling(): Request {
    const { random } = this;
    const inner = `GET ${SMUGGLED} HTTP/1.1\r\nHost: 192.168.4.1\r\n\r\n`;
    const size = `${inner.length}`;
    const route: RouteSpec = ROUTES[random.pick(NAMES)];
    const type = `Content-Type: ${random.pick(["application/json", "application/octet-stream", "text/plain"])}\r\n`;
    const length = (value: string): string => `${random.pick(["Content-Length", "content-length"])}: ${value}\r\n`;
    const encoding = random.pick([
      "Transfer-Encoding: chunked\r\n",
      "Transfer-Encoding:chunked, identity\r\n",
      "transfer-encoding: \tchunked\r\n",
      "Transfer-Encoding : chunked\r\n",
      "Transfer-Encoding: xchunked\r\n",
      "Transfer-Encoding:\r\n chunked\r\n",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    ]);
    const fields = random.pick([
      length(size),
      length(`0${size}`),
      length("0") + length(size),
      length(size) + length("0"),
      length(`0, ${size}`),
      length(`+${size}`) + type,
      encoding,
      length(size) + encoding,
      encoding + length(size),
      `X: a\rContent-Length: 0\r\n${length(size)}`,
      `X: a\nContent-Length: 0\r\n${length(size)}`,
      `X: \0\r\n${length(size)}`,
      `Content-Length : 0\r\n${length(size)}`,
      `X: y\r\n ${length("0")}${length(size)}`,
    ]);
    const method = random.pick([route.method, "POST", "GET", "HEAD", "OPTIONS", "PUT"]);
    const text = `${method} ${route.path} HTTP/1.1\r\nHost: 192.168.4.1\r\n${type}${fields}\r\n`;
    return { bytes: encode(text + (fields.includes("chunked") ? random.pick(["", "0\r\n\r\n"]) : "") + inner) };
  }

  /** Fields that change nothing. */
  #usual(name: RouteName): Lines {
    const { random } = this;
    const lines: Lines = [];
    if (random.once(3)) lines.push(["Accept", "*/*"], ["User-Agent", "x".repeat(random.below(80))]);
    if (random.once(8)) lines.push([`X-${random.below(1_000_000_000)}`, random.pick(OTHERS)]);
    if (random.once(8)) lines.push(["Cookie", "a=b"], ["Authorization", "Basic YTpi"]);
    if ((name === "page" || name === "openapi") && random.once(2))
      lines.push(["If-None-Match", random.pick(["*", '"other"'])]);
    return lines;
  }

  #handshake(): Lines {
    const lines: Lines = [
      ["Upgrade", "websocket"],
      ["Connection", "keep-alive, Upgrade"],
      ["Sec-WebSocket-Key", SEED],
      ["Sec-WebSocket-Version", "13"],
    ];
    if (this.random.once(2)) lines.push(["Sec-WebSocket-Protocol", "tcam.2"]);
    return lines;
  }

  #query({ query }: RouteSpec): string {
    const { random } = this;
    const parts = random.once(8) ? [`k${random.below(1_000_000_000)}=%20`] : [];
    for (const [name, spec] of Object.entries(query ?? {}))
      if (random.once(2)) parts.push(`${name}=${this.#queryValue(name, spec)}`);
    return parts.length > 0 ? `?${parts.join("&")}` : "";
  }

  #queryValue(name: string, spec: QuerySpec): string {
    const { random } = this;
    if (spec.type === "choice") return random.pick(spec.values);
    // Of a picture's range, `min` must be less than `max`.
    const min = name === "max" ? 1 : spec.min;
    const max = name === "min" ? 0 : Math.min(spec.max, 1_000);
    const value = min + random.uniform() * (max - min);
    return spec.type === "integer" ? `${Math.round(value)}` : value.toFixed(3);
  }

  #body(name: RouteName): Uint8Array {
    if (name === "setConfig") return encode(this.#messages.args(TABLE.set_config));
    if (name === "setWifi") return encode(this.#messages.args(TABLE.set_wifi));
    return name === "update" ? this.#image() : this.#messages.next().slice(1, -1);
  }

  /** Seldom the beginning of no image. */
  #image(): Uint8Array {
    const { random } = this;
    const image = this.#noise(HEADER_LENGTH + random.below(random.once(8) ? 20_000 : 300));
    if (random.once(8)) return image.slice(0, random.below(HEADER_LENGTH + 1));
    image.fill(0, 0, 80);
    image[0] = IMAGE_MAGIC;
    new DataView(image.buffer).setUint32(32, DESCRIPTOR_MAGIC, true);
    image.set(encode("4.7"), 48);
    return image;
  }

  /** A request line and fields of any kind. */
  #wrong(): Uint8Array {
    const { random } = this;
    const route: RouteSpec = ROUTES[random.pick(NAMES)];
    const lines: Lines = random.once(10) ? [] : [["Host", "192.168.4.1"]];
    for (let i = random.below(5); i > 0; i--) lines.push(this.#field());
    const extra = random.once(20) ? 44 + random.below(8) : 0;
    for (let i = 0; i < extra; i++) lines.push([`X${i}`, ""]);
    if (random.once(20)) lines.push(["X", "x".repeat(3_900 + random.below(300))]);
    const body = random.once(3) ? this.#body(random.pick(NAMES)) : new Uint8Array(0);
    if (random.once(2)) lines.push(["Content-Length", random.once(2) ? `${body.length}` : random.pick(LENGTHS)]);
    const method = random.once(2) ? route.method : random.pick(METHODS);
    const target = random.once(2) ? route.path : random.once(20) ? random.pick(LONG_TARGETS) : random.pick(TARGETS);
    return requestBytes(method, target, lines, body, random.once(3) ? random.pick(VERSIONS) : "HTTP/1.1");
  }

  #field(): [string, string] {
    const { random } = this;
    const name = random.pick(FIELD_NAMES);
    return [random.once(3) ? name.toUpperCase() : name, random.pick([...(VALUES[name] ?? []), ...OTHERS])];
  }

  #shuffled(lines: Lines): Lines {
    for (let i = lines.length - 1; i > 0; i--) {
      const k = this.random.below(i + 1);
      [lines[i], lines[k]] = [lines[k] as Lines[number], lines[i] as Lines[number]];
    }
    return lines;
  }

  #noise(length = this.random.below(200)): Uint8Array {
    return Uint8Array.from({ length }, () => this.random.below(256));
  }

  #mutate(bytes: Uint8Array): Uint8Array {
    const { random } = this;
    const at = random.below(bytes.length + 1);
    switch (random.below(6)) {
      case 0:
        return bytes.slice(0, at);
      case 1:
        return joined([bytes.slice(0, at), this.#noise(1 + random.below(4)), bytes.slice(at)]);
      case 2: {
        const piece = random.pick(["\r", "\n", "\0", ":", " ", "\r\n", "\r\n\r\n", "\r\n ", "%", "?", ","]);
        return joined([bytes.slice(0, at), encode(piece), bytes.slice(at)]);
      }
      case 3:
        return joined([bytes, bytes]);
      default: {
        const changed = bytes.slice();
        for (let i = random.below(4); i >= 0 && changed.length > 0; i--)
          changed[random.below(changed.length)] = random.below(256);
        return changed;
      }
    }
  }
}

function requestBytes(
  method: string,
  target: string,
  lines: Lines,
  body: Uint8Array,
  version = "HTTP/1.1",
): Uint8Array {
  const fields = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return joined([encode(`${method} ${target} ${version}\r\n${fields}\r\n`), body]);
}

/** Characters above U+007F in UTF-8. */
function encode(text: string): Uint8Array {
  return engineText.encode(text);
}
