// SPDX-License-Identifier: Apache-2.0
import type { Channel } from "./fake-board";

/** A board with key-value storage in memory. */
export class KeyValues {
  /** `namespace/key` → type and value. */
  readonly stored = new Map<string, Buffer>();

  /** Serves a connection; returns the answer to its opening. */
  serve(channel: Channel): object {
    channel.onMessage = (type, payload) => {
      const space = payload.toString("utf8", 1, 1 + (payload[0] as number));
      const rest = payload.subarray(1 + (payload[0] as number));
      const key = rest.toString("utf8", 1, 1 + (rest[0] as number));
      const value = rest.subarray(1 + (rest[0] as number));
      const name = `${space}/${key}`;
      const found = this.stored.get(name);
      if (type === "G") channel.send(found ? "V" : "U", found ?? "");
      else if (type === "I") channel.send("K", this.#keys(space));
      else {
        if (type === "W") this.stored.set(name, Buffer.from(value));
        else this.stored.delete(name);
        channel.send("A");
      }
    };
    return { ok: true };
  }
  #keys(space: string): Buffer {
    const keys = [...this.stored.keys()]
      .filter((name) => name.startsWith(`${space}/`))
      .map((name) => name.slice(space.length + 1));
    return Buffer.concat(keys.map((key) => Buffer.from(`${String.fromCharCode(key.length)}${key}`)));
  }
}
