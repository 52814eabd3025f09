// SPDX-License-Identifier: Apache-2.0

/* WebSockets (RFC 6455) as the camera uses them; the native side is websocket-frames.ts. */

/** Opcodes of RFC 6455 section 5.2. */
export const Opcode = Object.freeze({ Text: 1, Binary: 2, Close: 8, Ping: 9, Pong: 10 } as const);

/** Status codes of RFC 6455 section 7.4.1 that the camera closes with, beside those that the reader gives. */
export const CloseCode = Object.freeze({ GoingAway: 1001, Unsupported: 1003, Policy: 1008 } as const);

/** Reads a client's frames (native/websocket-frames.h). The result does not depend on how the bytes are split. */
export interface FrameReader {
  /**
   * The event at which the last `feed` stopped: 0 none; the opcode of a whole message, or of a control frame; a close
   * code after an error, from which on nothing is read.
   */
  readonly event: number;
  /**
   * Text of the message. JSON.parse is safe on it (modules/protocol/framing.ts); undefined if it would not be.
   */
  readonly text: string | undefined;
  /** Payload of the control frame. */
  readonly payload: Uint8Array;
  /** Consumes `bytes[from, to)` up to the first event. @returns the position after the consumed bytes */
  feed(bytes: Uint8Array, from: number, to: number): number;
  /** Begins with another connection. */
  reset(): void;
}

/** What a server sends of the protocol. */
export interface WebSocketCodec {
  /** A whole message, or a control frame, without a mask. */
  frame(opcode: number, payload: Uint8Array): Uint8Array;
  /** Sec-WebSocket-Accept for a client's key of 64 characters at most. */
  accept(key: string): string;
}
