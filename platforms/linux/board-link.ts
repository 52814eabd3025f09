// SPDX-License-Identifier: Apache-2.0

/** What a connection carries after its opening, as in docs/board-link.md. */
export interface BoardLinkOptions {
  /** The opening line, to be sent as JSON. */
  opening: { open: string } & Record<string, string | number | boolean>;
  /** Messages the board sends by itself; without it the connection is for requests. */
  onMessage?: (type: string, payload: ArrayBuffer) => void;
  /** Lines the board sends by itself. */
  onLine?: (line: string) => void;
  /** The board is gone. */
  onClose?: () => void;
}

const enum Mode {
  Requests,
  Messages,
  Lines,
}

/** One channel to the virtual board. Every method throws when the board is gone. */
export class BoardLink extends Native("xs_boardlink_destructor") {
  /** The board's answer to the opening. */
  readonly answer: Readonly<Record<string, unknown>>;
  /** Type of the last request's answer. Set by native code. */
  readonly type: string = "";

  constructor(options: BoardLinkOptions) {
    super();
    const mode = options.onMessage ? Mode.Messages : options.onLine ? Mode.Lines : Mode.Requests;
    const opening = JSON.stringify(options.opening);
    this.answer = JSON.parse(
      native("xs_boardlink_constructor").call(
        this,
        opening,
        mode,
        options.onMessage ?? options.onLine,
        options.onClose,
      ),
    ) as Record<string, unknown>;
  }
  close(): void {
    native("xs_boardlink_close").call(this);
  }
  /** Sends a message that has no answer; the payload is `head` followed by `body`. */
  send(type: string, head?: ByteBuffer, body?: ByteBuffer): void {
    native("xs_boardlink_send").call(this, type, head, body);
  }
  sendLine(line: string): void {
    native("xs_boardlink_sendLine").call(this, `${line}\n`);
  }
  /** Sends a message and waits for its answer: returns the payload, its type is `type` then. */
  request(type: string, head?: ByteBuffer, body?: ByteBuffer): ArrayBuffer {
    return native("xs_boardlink_request").call(this, type, head, body);
  }
  /** As request(), but an answer `F` is thrown with its text, and any other type than `expected` is an error. */
  expect(expected: string, type: string, head?: ByteBuffer, body?: ByteBuffer): ArrayBuffer {
    const payload = this.request(type, head, body);
    if (this.type === "F") throw new Error(String.fromArrayBuffer(payload));
    if (this.type !== expected) throw new Error(`the board answered ${this.type} to ${type}`);
    return payload;
  }
}
