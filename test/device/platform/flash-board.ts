// SPDX-License-Identifier: Apache-2.0
import type { Channel } from "./fake-board";

/** A board with flash partitions in memory, and the system connection's boot request. */
export class FlashChip {
  readonly partitions = new Map<string, Buffer>([
    ["ota_0", Buffer.alloc(16 * 4096, 0xff)],
    ["factory", Buffer.alloc(16 * 4096, 0x55)],
  ]);
  readonly operations: string[] = [];
  booted = "";

  serve(channel: Channel): object {
    if (channel.opening.open === "system") return this.#serveSystem(channel);
    const path = channel.opening.path as string;
    const label = { running: "factory", nextota: "ota_0" }[path] ?? path;
    const bytes = this.partitions.get(label);
    if (!bytes) throw new Error("no such partition");
    channel.onMessage = (type, payload) => {
      const first = payload.readUInt32LE(0);
      if (type !== "R")
        this.operations.push(`${type} ${first} ${type === "E" ? payload.readUInt32LE(4) : payload.length - 4}`);
      if (type === "E") bytes.fill(0xff, first * 4096, payload.readUInt32LE(4) * 4096);
      if (type === "W")
        for (let i = 4; i < payload.length; i++) (bytes[first + i - 4] as number) &= payload[i] as number;
      if (type === "R") channel.send("D", bytes.subarray(first, first + payload.readUInt32LE(4)));
      else channel.send("A");
    };
    return { ok: true, label, size: bytes.length };
  }
  #serveSystem(channel: Channel): object {
    channel.onMessage = (_type, payload) => {
      const valid = (this.partitions.get(payload.toString()) as Buffer)[0] === 0xe9;
      if (valid) this.booted = payload.toString();
      channel.send(valid ? "A" : "F", valid ? "" : "no valid image");
    };
    return { ok: true, mac: "c4:dd:57:00:ef:b4" };
  }
}
