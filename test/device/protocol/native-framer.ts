// SPDX-License-Identifier: Apache-2.0
import { run } from "../platform/run";
import { PlainFramer } from "../../unit/protocol/plain-framer";

/** The text of a command, null for one that is not valid, or 0 for one that is too long. */
export type Framed = string | null | 0;

/** A stream, and where it is split into reads; "every" for reads of one byte. */
export interface Case {
  readonly stream: Uint8Array;
  readonly cuts?: readonly number[] | "every";
}

export const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");
export const command = (content: Uint8Array): Case => ({
  stream: Buffer.concat([bytes("\x02"), content, bytes("\x03")]),
});

/** Positions at which the reads of a case end. */
function ends({ stream, cuts = [] }: Case): number[] {
  const at = cuts === "every" ? [...stream.keys()] : cuts.map((cut) => cut % (stream.length + 1));
  return [...new Set([...at, stream.length])].sort((a, b) => a - b);
}

/** A text in a module has at most 64 KB for the engine. */
const TEXT = /.{1,32768}/g;

/** What the native framer finds in each case. */
export async function nativeFramer(cases: readonly Case[]): Promise<Framed[][]> {
  const list = cases.map((one) => [
    Buffer.from(one.stream).toString("base64").match(TEXT) ?? [],
    one.cuts === "every" ? "every" : ends(one),
  ]);
  const script = run(
    `
    import cases from "./cases";
    import { Base64 } from "modules/protocol/base64";
    import { createFramer } from "modules/protocol/command-framer";
    const framer = createFramer();
    for (const [stream, cuts] of cases) { // stream: its base64, in parts
      const bytes = Base64.decode(stream.join("")), found = [];
      const ends = cuts === "every" ? Array.from(bytes, (_, i) => i + 1) : cuts;
      let from = 0;
      framer.reset();
      for (const end of ends) {
        const read = bytes.slice(from, end);
        from = end;
        for (let at = 0; at < read.length;) {
          at = framer.feed(read, at, read.length);
          if (framer.event === "command") found.push(framer.text ?? null);
          else if (framer.event === "too-long") found.push(0);
        }
      }
      say(JSON.stringify(found));
    }
    `,
    { modules: { cases: `export default ${JSON.stringify(list)};` } },
  );
  const found: Framed[][] = [];
  for (let i = 0; i < cases.length; i++) found.push(JSON.parse(await script.line()) as Framed[]);
  expect(await script.ended).toBe(0);
  return found;
}

/** What the rules say, byte by byte. */
export function plainFramer({ stream }: Case): Framed[] {
  const framer = new PlainFramer();
  const found: Framed[] = [];
  for (let at = 0; at < stream.length;) {
    at = framer.feed(stream, at, stream.length);
    if (framer.event === "command") found.push(framer.text ?? null);
    else if (framer.event === "too-long") found.push(0);
  }
  return found;
}

/** Expects the native framer and the rules to find this in each case. */
export async function expectFramed(expected: readonly (readonly [Case, Framed[]])[]): Promise<void> {
  const found = await nativeFramer(expected.map(([one]) => one));
  expected.forEach(([one, framed], i) => {
    expect(found[i]).toEqual(framed);
    expect(plainFramer(one)).toEqual(framed);
  });
}
