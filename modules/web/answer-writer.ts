// SPDX-License-Identifier: Apache-2.0
import type { Transport } from "modules/server/transport";
import type { NativeBody } from "./exchange";

/** Parts that are joined up to this size, so that a short answer is one segment. */
const JOINED_BYTES = 1_400;

/** Writes one answer at a time as the client takes it: bytes, then a native source. */
export class AnswerWriter {
  private bytes: Uint8Array[] = [];
  private native: NativeBody | undefined;
  private pumping = false;
  private onSent: ((complete: boolean) => void) | undefined;

  constructor(private readonly transport: Transport) {}

  /** @param onSent it was written, all of it unless the source ended early; may be called before this returns */
  start(head: Uint8Array, body: Uint8Array | NativeBody | undefined, onSent: (complete: boolean) => void): void {
    this.onSent = onSent;
    this.bytes = body instanceof Uint8Array ? joined(head, body) : [head];
    this.native = body instanceof Uint8Array || body?.length === 0 ? undefined : body;
    this.flush();
  }

  /** Writes on, as far as there is room. */
  flush(): void {
    if (!this.onSent) return;
    for (let part = this.bytes[0]; part; part = this.bytes[0]) {
      const room = this.transport.writable;
      if (room === 0) return;
      if (!this.transport.write(part.length > room ? part.subarray(0, room) : part)) return;
      if (part.length > room) this.bytes[0] = part.subarray(room);
      else this.bytes.shift();
    }
    const native = this.native;
    if (!native) this.finish(true);
    else if (!this.pumping) this.pump(native);
  }

  /** Drops what is not written. */
  clear(): void {
    this.bytes = [];
    this.native = undefined;
    this.pumping = false;
    this.onSent = undefined;
  }

  private pump({ source, length }: NativeBody): void {
    this.pumping = true;
    let done: boolean;
    try {
      done = this.transport.pump(source, length, (written) => this.finish(written === length));
    } catch {
      return this.finish(false);
    }
    if (done) this.finish(true);
  }

  private finish(complete: boolean): void {
    const onSent = this.onSent;
    this.clear();
    onSent?.(complete);
  }
}

const joined = (head: Uint8Array, body: Uint8Array): Uint8Array[] => {
  if (body.length === 0) return [head];
  if (head.length + body.length > JOINED_BYTES) return [head, body];
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return [bytes];
};
