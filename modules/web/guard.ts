// SPDX-License-Identifier: Apache-2.0
/** Protects the camera from web pages of other origins. */
import { normalizeAddress } from "modules/text/ipv4";
import { WebError } from "./exchange";
import type { HttpHead } from "./http-head";

/**
 * Against DNS rebinding: a page whose own name resolves to the camera's address would be of the same origin. So Host must
 * be an address, localhost, or one of the camera's names. A request without Host is not a browser's.
 * @param names in lower case
 * @throws WebError
 */
export const checkHost = (host: string | undefined, names: readonly string[]): void => {
  if (host === undefined) return;
  if (host !== "" && isKnown(withoutPort(host.toLowerCase()), names)) return;
  throw new WebError(403, "the camera is not reached by this name: use its address, or its name with .local");
};

/**
 * Against cross-site requests: a page of another origin may not change anything, nor open a WebSocket, which no rule of
 * the browser prevents.
 * @throws WebError
 */
export const checkOrigin = (head: Pick<HttpHead, "field">): void => {
  const origin = head.field("origin");
  const site = head.field("sec-fetch-site")?.toLowerCase();
  // Browsers leave Origin out of some requests of the same origin.
  const same = origin === undefined || origin.toLowerCase() === `http://${(head.field("host") ?? "").toLowerCase()}`;
  if (!same || site === "cross-site") throw new WebError(403, "pages of other origins may not do this");
};

const isKnown = (name: string, names: readonly string[]): boolean =>
  name !== "" && (isAddress(name) || name === "localhost" || names.includes(name));

const withoutPort = (host: string): string => {
  const colon = host.lastIndexOf(":");
  const bare = colon > host.lastIndexOf("]") ? host.slice(0, colon) : host;
  // The engine reads beyond the end of an empty text that slice() made.
  return bare !== "" && bare.endsWith(".") ? bare.slice(0, -1) : bare;
};

/** An IPv4 address, or an IPv6 address in brackets. */
const isAddress = (name: string): boolean => {
  if (!name.startsWith("[")) return normalizeAddress(name) !== undefined;
  if (!name.endsWith("]") || name.length < 4) return false;
  for (const character of name.slice(1, -1)) if (!"0123456789abcdef:.".includes(character)) return false;
  return true;
};
