// SPDX-License-Identifier: Apache-2.0
import { WebError, type WebRequest } from "./exchange";
import { tokensOf } from "./http-head";
import type { ImageVersion } from "./websocket-image";

const VERSION = "13";
/** Base64 of 16 bytes. */
const KEY_LENGTH = 24;
/** Subprotocol of a client that reads images of version 2. */
const SUBPROTOCOL = "tcam.2";

/** A request to open a WebSocket. */
export interface Handshake {
  readonly key: string;
  readonly version: ImageVersion;
  /** Subprotocol to answer with. */
  readonly protocol: string | undefined;
}

/**
 * Checks a request as RFC 6455 section 4.2.1 says. Its origin is checked by the route.
 * @throws WebError
 */
export const readHandshake = (request: Pick<WebRequest, "field">): Handshake => {
  const isUpgrade = tokensOf(request.field("upgrade")).includes("websocket");
  if (!isUpgrade || !tokensOf(request.field("connection")).includes("upgrade"))
    throw new WebError(426, "this path takes WebSockets", { Upgrade: "websocket" });
  if (request.field("sec-websocket-version") !== VERSION)
    throw new WebError(426, "Sec-WebSocket-Version must be 13", { "Sec-WebSocket-Version": VERSION });
  const key = request.field("sec-websocket-key") ?? "";
  if (!isKey(key)) throw new WebError(400, "Sec-WebSocket-Key must be base64 of 16 bytes");
  const second = tokensOf(request.field("sec-websocket-protocol")).includes(SUBPROTOCOL);
  return { key, version: second ? 2 : 1, protocol: second ? SUBPROTOCOL : undefined };
};

const isKey = (key: string): boolean => {
  if (key.length !== KEY_LENGTH || !key.endsWith("==")) return false;
  return Array.from(key.slice(0, -2)).every((character) => isBase64(character.charCodeAt(0)));
};

const isBase64 = (code: number): boolean => {
  const isLetter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
  return isLetter || (code >= 0x30 && code <= 0x39) || code === 0x2b || code === 0x2f;
};
