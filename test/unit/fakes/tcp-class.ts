// SPDX-License-Identifier: Apache-2.0
import type { ByteSource } from "drivers/bytes/byte-source";

/** A connection as the camera sees it. */
export interface CameraSide<Callbacks> {
  adopt(callbacks: Callbacks): void;
  cameraRead(target: Uint8Array): number;
  cameraWrite(bytes: Uint8Array): number | undefined;
  cameraPump(source: ByteSource, length: number): boolean | undefined;
  readonly cameraPumped: number;
  cameraClose(): void;
}

/** What a listener reads: it is opened by `new TCP({ from, ...callbacks })`, which takes its connection. */
export interface Accepted<Side> {
  side: Side | undefined;
}

/**
 * The board's TCP class over connections of a test.
 * @param opening may throw, as the class does when a connection cannot be opened
 */
export function tcpClass<Callbacks extends object, Side extends CameraSide<Callbacks>>(
  opening: () => void = () => undefined,
): new (options: Callbacks & { from?: Accepted<Side> }, side?: Side) => Accepted<Side> {
  return class {
    side: Side | undefined;
    constructor(options: Callbacks & { from?: Accepted<Side> }, side?: Side) {
      this.side = side;
      const { from } = options;
      if (!from) return;
      if (!from.side) throw new Error("invalid from");
      opening();
      from.side.adopt(options);
      this.side = from.side;
      from.side = undefined;
    }
    read(target: Uint8Array): number {
      return this.#open.cameraRead(target);
    }
    write(bytes: Uint8Array): number | undefined {
      return this.#open.cameraWrite(bytes);
    }
    pump(source: ByteSource, length: number): boolean | undefined {
      return this.#open.cameraPump(source, length);
    }
    get pumped(): number {
      return this.#open.cameraPumped;
    }
    close(): void {
      this.side?.cameraClose();
      this.side = undefined;
    }
    get #open(): Side {
      if (!this.side) throw new Error("closed");
      return this.side;
    }
  };
}
