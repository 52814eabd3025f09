// SPDX-License-Identifier: Apache-2.0
import type { Encoder } from "modules/image/image";
import { ETX, identityFields, STX, type Framer, type Services, type TextCodec } from "modules/protocol/protocol";
import { DelimitedCommands, type CommandReader } from "./command-reader";
import type { ImageOutlet } from "./image-feed";
import { AnnouncedOutlet, InlineOutlet, type FrameMessage, type ImageOutput } from "./outlets";
import type { MessageTransport, Output } from "./output";
import type { Transport } from "./transport";

/** A client's connection, and the form that commands, messages and images have on it. */
export interface Channel {
  /** Takes what the session sends. */
  readonly transport: MessageTransport;
  readonly commands: CommandReader;
  /** The bytes of a message. */
  encode(json: string): Uint8Array;
  /** Creates the output of the session's images. */
  createOutlet(output: Output, services: Services): ImageOutlet;
}

/** Bytes read from a connection at a time. */
export const READ_BYTES = 2_048;

/** Buffers of a session. Allocated once and reused by later sessions. */
export class SessionMemory {
  readonly piece = new Uint8Array(READ_BYTES);

  /** @param encoder of this session's images */
  constructor(
    readonly framer: Framer,
    readonly encoder: Encoder,
  ) {}
}

/** TCP and the serial port: messages between STX and ETX. */
export class DelimitedChannel implements Channel {
  readonly commands: CommandReader;

  /** @param imageOutput takes the images; without it, they are messages of the connection */
  constructor(
    readonly transport: Transport,
    private readonly memory: SessionMemory,
    private readonly text: TextCodec,
    private readonly imageOutput?: ImageOutput,
  ) {
    this.commands = new DelimitedCommands(transport, memory.framer, memory.piece);
  }

  encode(json: string): Uint8Array {
    return this.text.encode(`${String.fromCharCode(STX)}${json}${String.fromCharCode(ETX)}`);
  }

  createOutlet(output: Output, services: Services): ImageOutlet {
    const { encoder } = this.memory;
    const image: FrameMessage<Encoder> = {
      source: encoder,
      start: (frame) => encoder.start(frame, JSON.stringify(identityFields(services, frame.captured))),
    };
    return this.imageOutput ? new AnnouncedOutlet(output, this.imageOutput, image) : new InlineOutlet(output, image);
  }
}
