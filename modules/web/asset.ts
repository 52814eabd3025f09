// SPDX-License-Identifier: Apache-2.0
import type { ByteSource } from "drivers/bytes/byte-source";
import type { Exchange } from "./exchange";

/** Names in native/web-asset.c. */
export type AssetName = "page" | "openapi";

/**
 * A document of the web server (UTF-8), compressed with gzip, in flash: the page, or openapi.json. An object is read
 * once, from beginning to end; native code reads it without JavaScript (native-source.h).
 */
export class WebAsset extends Native("xs_web_asset_destructor") implements ByteSource {
  constructor(name: AssetName) {
    super();
    native("xs_web_asset").call(this, name);
  }

  /** Bytes of the compressed document. */
  get length(): number {
    return native("xs_web_asset_get_length").call(this);
  }

  /** The value of the fields ETag and If-None-Match, with its quotation marks. */
  get etag(): string {
    return native("xs_web_asset_get_etag").call(this);
  }

  /** Fills `target` with the next bytes; returns their number, 0 at the end. */
  read(target: Uint8Array): number {
    return native("xs_web_asset_read").call(this, target);
  }
}

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
