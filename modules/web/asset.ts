// SPDX-License-Identifier: Apache-2.0
import type { ByteSource } from "drivers/bytes/byte-source";

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
