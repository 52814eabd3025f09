// SPDX-License-Identifier: Apache-2.0
import { COMMAND_BYTES, NESTING_LIMIT, VALUES_LIMIT } from "modules/protocol/protocol";
import type { FrameReader, WebSocketCodec } from "./websocket-protocol";

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
export const createFrameReader = (): FrameReader =>
  new NativeFrameReader({ bytes: COMMAND_BYTES, nesting: NESTING_LIMIT, values: VALUES_LIMIT });

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
