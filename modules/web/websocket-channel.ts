// SPDX-License-Identifier: Apache-2.0
import type { Services, TextCodec } from "modules/protocol/protocol";
import {
  READ_BYTES,
  InlineOutlet,
  type Channel,
  type CommandReader,
  type ImageOutlet,
  type Output,
  type ReceivedCommand,
} from "modules/server/server";
import { CloseCode, Opcode, type FrameReader, type WebSocketCodec } from "./websocket-protocol";
import type { BinaryEncoder, ImageVersion } from "./websocket-image";
import { WebSocketTransport, type WebSocketTransportOptions } from "./websocket-transport";

/**
 * Control frames that are read one after the other without a pause. A client that sends more, faster than the camera
 * handles them, would hold up everything else.
 */
const CONTROLS = 1_000;

/** Buffers of a WebSocket's session. */
export class WebSocketMemory {
  readonly piece = new Uint8Array(READ_BYTES);

  constructor(
    readonly reader: FrameReader,
    readonly image: BinaryEncoder,
  ) {}
}

export interface WebSocketChannelOptions extends WebSocketTransportOptions {
  readonly memory: WebSocketMemory;
  readonly text: TextCodec;
  /** Version of the images. */
  readonly version: ImageVersion;
}

/** A WebSocket as a session's channel: a text message each way is a command or an answer, images are binary. */
export class WebSocketChannel implements Channel {
  readonly transport: WebSocketTransport;
  readonly commands: CommandReader;
  private readonly memory: WebSocketMemory;
  private readonly text: TextCodec;
  private readonly codec: WebSocketCodec;
  private readonly version: ImageVersion;

  constructor(options: WebSocketChannelOptions) {
    this.memory = options.memory;
    this.text = options.text;
    this.codec = options.codec;
    this.version = options.version;
    this.transport = new WebSocketTransport(options);
    this.commands = new WebSocketCommands(this.transport, this.memory);
  }

  encode(json: string): Uint8Array {
    return this.codec.frame(Opcode.Text, this.text.encode(json));
  }

  createOutlet(output: Output, { clock }: Services): ImageOutlet {
    const { image } = this.memory;
    return new InlineOutlet(output, {
      source: image,
      start: (frame) => image.start(frame, this.version, clock.wall(frame.captured)),
    });
  }
}

/** Reads commands from frames, and passes control frames and errors to the transport. */
class WebSocketCommands implements CommandReader {
  /** Start and end of the bytes in the piece that are not read yet. */
  private from = 0;
  private to = 0;

  constructor(
    private readonly transport: WebSocketTransport,
    private readonly memory: WebSocketMemory,
  ) {}

  next(): ReceivedCommand | undefined {
    const { transport } = this;
    const { reader, piece } = this.memory;
    let controls = 0;
    while (transport.open) {
      if (this.from === this.to) {
        this.from = 0;
        this.to = transport.read(piece);
        if (this.to === 0) return undefined;
      }
      this.from = reader.feed(piece, this.from, this.to);
      const { event } = reader;
      if (event === Opcode.Text) return { text: reader.text, tooLong: false };
      if (event === 0) continue;
      if (++controls > CONTROLS) transport.fail(CloseCode.Policy, "too many control frames");
      else this.handle(event);
    }
    return undefined;
  }

  release(): void {
    this.from = this.to = 0;
    this.memory.reader.reset();
  }

  private handle(event: number): void {
    const { transport } = this;
    const { reader } = this.memory;
    switch (event) {
      case Opcode.Ping:
        return transport.onPing(reader.payload);
      case Opcode.Pong:
        return;
      case Opcode.Close:
        return transport.onClose(reader.payload);
      case Opcode.Binary:
        return transport.fail(CloseCode.Unsupported, "commands are text messages");
      default:
        return transport.fail(event, "the client breaks the protocol or its limits");
    }
  }
}
