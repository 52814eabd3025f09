// SPDX-License-Identifier: Apache-2.0
import type { TimerHandle, Timers } from "drivers/timers/timers";
import { ETX, STX, TOO_MANY_CONNECTIONS, type TextCodec, type Transport } from "modules/protocol/protocol";

/** Time a client that is turned away has to take the reason. */
const TIMEOUT_MS = 2_000;

/**
 * A connection that is one too many: it is told so, and closed when it has been told. What it sends meanwhile is read and
 * thrown away, since TCP resets a connection that is closed with unread data, and the reason would be lost with it.
 */
export class Refusal {
  readonly #packet: Uint8Array;
  readonly #waste = new Uint8Array(256);
  readonly #timers: Timers;
  readonly #timer: TimerHandle;
  #sent = false;

  constructor(
    private readonly transport: Transport,
    { text, timers }: { text: TextCodec; timers: Timers },
    private readonly onClosed: () => void,
  ) {
    this.#packet = text.encode(String.fromCharCode(STX) + TOO_MANY_CONNECTIONS + String.fromCharCode(ETX));
    this.#timers = timers;
    this.#timer = timers.set(() => this.close(), TIMEOUT_MS);
    transport.events = {
      onReadable: () => this.#drop(),
      onWritable: () => this.#tell(),
      onClosed: () => this.close(),
    };
  }

  /** Safe twice. */
  close(): void {
    this.#timers.clear(this.#timer);
    this.transport.close();
    this.onClosed();
  }

  #drop(): void {
    while (this.transport.read(this.#waste) > 0);
  }

  #tell(): void {
    if (!this.#sent && this.transport.writable >= this.#packet.length) {
      this.#sent = true;
      this.transport.write(this.#packet);
    } else if (this.#sent && this.transport.drained) this.close();
  }
}
