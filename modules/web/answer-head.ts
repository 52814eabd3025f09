// SPDX-License-Identifier: Apache-2.0
import type { Answer, Fields } from "./exchange";

const REASONS: Readonly<Record<number, string>> = Object.freeze({
  100: "Continue",
  101: "Switching Protocols",
  200: "OK",
  202: "Accepted",
  204: "No Content",
  304: "Not Modified",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  411: "Length Required",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  417: "Expectation Failed",
  426: "Upgrade Required",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
});

/** Fields of every answer. */
const SECURITY =
  "X-Content-Type-Options: nosniff\r\n" +
  "Content-Security-Policy: default-src 'self' 'unsafe-inline' data: blob:\r\n" +
  "Referrer-Policy: no-referrer\r\n";

/** Bytes that the head of any answer has at most: a request is run once there is room for it. */
export const HEAD_BYTES = 1_024;

export const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

/** The head of an answer (RFC 9112 §4), with `Cache-Control: no-store` unless `fields` says otherwise. */
export const headText = (status: number, fields: Fields): string => {
  let text = `HTTP/1.1 ${status} ${REASONS[status] ?? "Unknown"}\r\n${SECURITY}`;
  if (fields["Cache-Control"] === undefined) text += "Cache-Control: no-store\r\n";
  for (const [name, value] of Object.entries(fields)) text += `${name}: ${value}\r\n`;
  return `${text}\r\n`;
};

/** `{"error": reason}`. */
export const errorAnswer = (reason: string, fields: Fields | undefined): Answer => ({
  type: "application/json",
  body: JSON.stringify({ error: reason }),
  ...(fields && { fields }),
});
