// SPDX-License-Identifier: Apache-2.0
/** Requests and answers of HTTP/1.1 as a client writes and reads them. */

export interface WebAnswer {
  readonly status: number;
  readonly fields: ReadonlyMap<string, string>;
  readonly body: string;
}

/** The complete answers in `bytes`. @param heads answers to HEAD, by position: they have no body */
export function answersOf(bytes: Buffer, heads: readonly number[] = []): WebAnswer[] {
  const answers: WebAnswer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf("\r\n\r\n", at);
    if (end < 0) throw new Error(`no complete head: ${bytes.subarray(at).toString()}`);
    const [line = "", ...lines] = bytes.subarray(at, end).toString().split("\r\n");
    const status = Number(/^HTTP\/1\.1 (\d{3}) \S/.exec(line)?.[1]);
    const fields = new Map(
      lines.map((text) => [text.slice(0, text.indexOf(":")).toLowerCase(), text.replace(/^.*?: /, "")]),
    );
    const length = heads.includes(answers.length) ? 0 : Number(fields.get("content-length") ?? 0);
    at = end + 4;
    if (at + length > bytes.length) throw new Error(`${bytes.length - at} of ${length} bytes of a body`);
    if (status !== 100) answers.push({ status, fields, body: bytes.subarray(at, at + length).toString() });
    at += length;
  }
  return answers;
}

/** Bytes of a request; HTTP/1.1 and Host unless the lines say otherwise. */
export function request(line: string, fields: Readonly<Record<string, string>> = {}, body = ""): string {
  const all = { Host: "192.168.4.1", ...(body && { "Content-Length": `${Buffer.byteLength(body)}` }), ...fields };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line.includes(" HTTP/") ? line : `${line} HTTP/1.1`}\r\n${lines.join("")}\r\n${body}`;
}
