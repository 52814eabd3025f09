// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { FIELD_NAMES } from "modules/web/http-head";
import { PlainHead } from "../../unit/web/plain-head";
import { run } from "../platform/run";
import { randomTest } from "../random-run";

/** The bytes of a head, and where they are split into reads. */
interface Case {
  readonly stream: Buffer;
  readonly ends: readonly number[];
}

/** Of a refused head, whose status depends on the order of its errors, nothing but the status. */
type Head = { status: number } | Record<string, unknown>;

function plainHead({ stream }: Case): Head {
  const head = new PlainHead();
  const used = head.feed(stream, 0, stream.length);
  if (head.status !== 200) return { status: head.status };
  const fields = FIELD_NAMES.map((name) => head.field(name) ?? null);
  const { status, method, minor, length = null, target } = head;
  return { status, method, minor, length, target, fields, used };
}

async function nativeHeads(cases: readonly Case[]): Promise<Head[]> {
  const script = run(
    `
    import cases from "./cases";
    import { Base64 } from "modules/protocol/base64";
    import { FIELD_NAMES } from "modules/web/http-head";
    import { NativeHttpHead } from "modules/web/native-head";
    const head = new NativeHttpHead();
    for (const [stream, ends] of cases) {
      const bytes = Base64.decode(stream);
      let from = 0, used = 0;
      head.reset();
      for (const end of ends) {
        if (head.status === 0) used = head.feed(bytes, from, end);
        from = end;
      }
      const { status, method, minor, length = null, target } = head;
      const fields = FIELD_NAMES.map((name) => head.field(name) ?? null);
      say(JSON.stringify(status === 200 ? { status, method, minor, length, target, fields, used } : { status }));
    }
    `,
    {
      modules: {
        cases: `export default ${JSON.stringify(cases.map(({ stream, ends }) => [stream.toString("base64"), ends]))};`,
      },
    },
  );
  const found: Head[] = [];
  for (let i = 0; i < cases.length; i++) found.push(JSON.parse(await script.line()) as Head);
  expect(await script.ended).toBe(0);
  return found;
}

const line = fc.constantFrom(
  ...[
    "GET / HTTP/1.1",
    "POST /api?x=%20 HTTP/1.0",
    "OPTIONS * HTTP/1.1",
    "GET http://a/b HTTP/1.1",
    "PATCH /x HTTP/1.1",
  ],
  ...[
    "GET  / HTTP/1.1",
    "GET / HTTP/1.2",
    "GET / HTTX/1.1",
    "GET /",
    "GET * HTTP/1.1",
    "get / HTTP/1.1",
    "GET a HTTP/1.1",
  ],
  `GET /${"a".repeat(1_010)} HTTP/1.1`,
  `GET /${"a".repeat(1_011)} HTTP/1.1`,
);
const value = fc.constantFrom(
  "1.2.3.4",
  "a b",
  " spaced \t",
  "",
  "0",
  "12",
  "4294967295",
  "4294967296",
  "1 2",
  "x".repeat(450),
);
const name = fc.constantFrom(
  ...[
    "Host",
    "HOST",
    "Content-Length",
    "Transfer-Encoding",
    "Connection",
    "Origin",
    "If-None-Match",
    "Cookie",
    "X-Other",
  ],
  ...["Host ", "", "Sec-WebSocket-Protocol", "x".repeat(40)],
);
const field = fc.oneof(
  { weight: 20, arbitrary: fc.tuple(name, value).map(([key, text]) => `${key}:${text}`) },
  { weight: 1, arbitrary: fc.constantFrom("no colon", " folded: x", "a:\u0001", "a:\0", "a: b\rc", "a: b\nc: d") },
);
const cases: fc.Arbitrary<Case> = fc
  .tuple(fc.constantFrom("", "\r\n", "\n"), line, fc.array(field, { maxLength: 8 }), fc.boolean())
  .map(([before, first, fields, host]) =>
    Buffer.from(
      `${before}${[first, ...(host ? ["Host: 1.2.3.4"] : []), ...fields].join("\r\n")}\r\n\r\nrest`,
      "latin1",
    ),
  )
  .chain((stream) =>
    fc
      .array(fc.integer({ min: 1, max: stream.length - 1 }), { maxLength: 6 })
      .map((cuts) => ({ stream, ends: [...new Set(cuts), stream.length].sort((a, b) => a - b) })),
  );

randomTest("seed %d: heads are read as the rules say, however they are split", [1], async (seed) => {
  const samples = fc.sample(cases, { numRuns: 1_500, seed });
  const found = await nativeHeads(samples);
  const wrong = samples.flatMap((sample, i) => {
    const expected = plainHead(sample);
    const refused = expected.status !== 200 && found[i]?.status !== 200;
    return refused || JSON.stringify(found[i]) === JSON.stringify(expected)
      ? []
      : [{ stream: sample.stream.toString("latin1"), ends: sample.ends, expected, found: found[i] }];
  });
  expect(wrong.slice(0, 3)).toEqual([]);
  const statuses = new Set(found.map(({ status }) => status));
  for (const status of [200, 400, 413, 414, 501, 505]) expect(statuses).toContain(status);
});
