// SPDX-License-Identifier: Apache-2.0

/** Header fields that are kept, in the order of enum HttpField. */
export const FIELD_NAMES = Object.freeze([
  "host",
  "origin",
  "connection",
  "upgrade",
  "content-type",
  "expect",
  "if-none-match",
  "sec-fetch-site",
  "sec-websocket-key",
  "sec-websocket-version",
  "sec-websocket-protocol",
] as const);
export type FieldName = (typeof FIELD_NAMES)[number];

/** Methods in the order of enum HttpMethod. */
export const METHODS = Object.freeze(["GET", "HEAD", "POST", "PUT", "OPTIONS", "other"] as const);
export type Method = (typeof METHODS)[number];

/** Reads the head of a request as its bytes come: http-head.h. Texts are made when they are asked for. */
export interface HttpHead {
  /** 0 while bytes are missing, 200 when the head is complete, otherwise the status to refuse the request with. */
  readonly status: number;
  readonly method: Method;
  /** Of the version: 0 is HTTP/1.0. */
  readonly minor: number;
  /** Content-Length; undefined without the field. */
  readonly length: number | undefined;
  /** A path with its query, "*", or a URL. */
  readonly target: string;
  field(name: FieldName): string | undefined;
  /** Consumes bytes up to the end of the head or the first error; returns the position after them. */
  feed(bytes: Uint8Array, from: number, to: number): number;
  /** Begins the next head. */
  reset(): void;
}

/** The tokens of a field that is a list, in lower case. */
export const tokensOf = (field = ""): string[] => field.split(",").map((token) => token.trim().toLowerCase());
