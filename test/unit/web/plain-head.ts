// SPDX-License-Identifier: Apache-2.0
import { FIELD_NAMES, type FieldName, type HttpHead, type Method, METHODS } from "modules/web/http-head";

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Fields that may come more than once. */
const LISTS = ["connection", "upgrade", "if-none-match", "sec-websocket-protocol"];

/** The rules of HttpHead on Node: reads the whole text at each byte, slow and obvious. The firmware's is native. */
export class PlainHead implements HttpHead {
  status = 0;
  method: Method = "GET";
  minor = 0;
  length: number | undefined;
  target = "";
  #text = "";
  #fields = new Map<string, string>();

  field(name: FieldName): string | undefined {
    return this.#fields.get(name);
  }

  feed(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    while (at < to && this.status === 0) {
      this.#text += String.fromCharCode(bytes[at++] as number);
      this.status = this.#judge();
    }
    return at;
  }

  reset(): void {
    this.status = 0;
    this.length = undefined;
    this.target = "";
    this.#text = "";
    this.#fields = new Map();
  }

  #judge(): number {
    const text = this.#text.replace(/^\r\n/, "");
    if (/[\0]|\r[^\n]/.test(text) || /(^|[^\r])\n/.test(text)) return 400;
    const lines = text.split("\r\n");
    const [line = "", ...rest] = lines;
    if (line.replace(/\r$/, "").length > 1_024) return 414;
    if (lines.length === 1) return 0;
    const header = text.length - line.length - 2;
    if (header > 4_096 || rest.length - 1 > 49) return 431;
    if (!text.endsWith("\r\n\r\n") && text.slice(line.length) !== "\r\n\r\n") return this.#judgeLine(line);
    return this.#judgeLine(line) || this.#judgeFields(rest.slice(0, -2));
  }

  #judgeLine(line: string): number {
    const [, method = "", target = "", version = ""] = /^(\S+) (\S+) (\S+)$/.exec(line) ?? [];
    if (!TOKEN.test(method) || !/^HTTP\/\d\.\d$/.test(version)) return 400;
    if (!/^HTTP\/1\.[01]$/.test(version)) return 505;
    if (!/^\/|^http:\/\/./.test(target) && !(target === "*" && method === "OPTIONS")) return 400;
    this.method = METHODS.find((known) => known === method) ?? "other";
    this.target = target;
    this.minor = Number(version.at(-1));
    return 0;
  }

  #judgeFields(lines: readonly string[]): number {
    if (lines.length > 48) return 431;
    let encoded = false;
    for (const line of lines) {
      const colon = line.indexOf(":");
      const name = line.slice(0, Math.max(0, colon)).toLowerCase();
      const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "");
      if (!TOKEN.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value)) return 400;
      if (name === "transfer-encoding") encoded = true;
      if (name === "content-length") {
        if (!/^\d+$/.test(value) || (this.length !== undefined && this.length !== Number(value))) return 400;
        if (value.length > 10 || Number(value) > 0xffffffff) return 413;
        this.length = Number(value);
      }
      const before = this.#fields.get(name);
      if (before !== undefined && FIELD_NAMES.includes(name as FieldName) && !LISTS.includes(name)) return 400;
      this.#fields.set(name, before === undefined ? value : `${before},${value}`);
    }
    if (encoded) return this.length === undefined ? 501 : 400;
    return this.minor === 1 && !this.#fields.has("host") ? 400 : 200;
  }
}
