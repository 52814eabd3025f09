// SPDX-License-Identifier: Apache-2.0
import { type AssetName, WebAsset } from "./asset";
import type { Exchange } from "./exchange";

/** Sends a document in flash; 304 to a client that has this build's. */
export const sendAsset = (exchange: Exchange, name: AssetName): void => {
  const asset = new WebAsset(name);
  const fields = { ETag: asset.etag, "Cache-Control": "no-cache" };
  const known = exchange.request.field("if-none-match");
  if (known !== undefined && known.split(",").some((tag) => isSame(tag.trim(), asset.etag)))
    return exchange.respond(304, { fields });
  exchange.respond(200, {
    fields: { ...fields, "Content-Encoding": "gzip" },
    body: { source: asset, length: asset.length },
  });
};

/** Weak comparison (RFC 9110 §8.8.3.2). */
const isSame = (tag: string, etag: string): boolean => tag === "*" || tag === etag || tag === `W/${etag}`;
