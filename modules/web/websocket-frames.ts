// SPDX-License-Identifier: Apache-2.0
import { COMMAND_BYTES, NESTING_LIMIT, VALUES_LIMIT } from "modules/protocol/protocol";

/** Opcodes of RFC 6455 section 5.2. */
export const Opcode = Object.freeze({ Text: 1, Binary: 2, Close: 8, Ping: 9, Pong: 10 } as const);

/** Status codes of RFC 6455 section 7.4.1 that the camera closes with. */
export const CloseCode = Object.freeze({
  GoingAway: 1001,
  ProtocolError: 1002,
  Unsupported: 1003,
  InvalidText: 1007,
  TooBig: 1009,
} as const);

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

/** Limits of a message that is a command. */
interface MessageLimits {
  readonly bytes: number;
  readonly nesting: number;
  readonly values: number;
}

export class NativeFrameReader extends Native("xs_websocket_reader_destructor") implements FrameReader {
  constructor(limits: MessageLimits) {
    super();
    native("xs_websocket_reader").call(this, limits);
  }

  get event(): number {
    return native("xs_websocket_reader_get_event").call(this);
  }

  get text(): string | undefined {
    return native("xs_websocket_reader_get_text").call(this);
  }

  get payload(): Uint8Array {
    return new Uint8Array(this.payloadBuffer);
  }

  /** A separate function, so that the SDK links it into flash. */
  private get payloadBuffer(): ArrayBuffer {
    return native("xs_websocket_reader_get_payload").call(this);
  }

  feed(bytes: Uint8Array, from: number, to: number): number {
    return native("xs_websocket_reader_feed").call(this, bytes, from, to);
  }

  reset(): void {
    return native("xs_websocket_reader_reset").call(this);
  }
}

/** A reader with the limits of the protocol. */
export function createFrameReader(): FrameReader {
  return new NativeFrameReader({ bytes: COMMAND_BYTES, nesting: NESTING_LIMIT, values: VALUES_LIMIT });
}

/** What a server sends of the protocol. */
export interface WebSocketCodec {
  /** A whole message, or a control frame, without a mask. */
  frame(opcode: number, payload: Uint8Array): Uint8Array;
  /** Sec-WebSocket-Accept for a client's key of 64 characters at most. */
  accept(key: string): string;
}

class NativeCodec {
  static frame(opcode: number, payload: Uint8Array): ArrayBuffer {
    return native("xs_websocket_frame").call(this, opcode, payload);
  }

  static accept(key: string): string {
    return native("xs_websocket_accept").call(this, key);
  }
}

export const nativeCodec: WebSocketCodec = Object.freeze(
  {
    frame: (opcode, payload) => new Uint8Array(NativeCodec.frame(opcode, payload)),
    accept: (key) => NativeCodec.accept(key),
  },
  true,
);
