// SPDX-License-Identifier: Apache-2.0
import type { Framer } from "modules/protocol/protocol";
import type { Transport } from "./transport";

/** A command as it came. */
export interface ReceivedCommand {
  /** The command's text; undefined if it is invalid UTF-8, nested too deeply, or too long. */
  readonly text: string | undefined;
  readonly tooLong: boolean;
}

/** Reads a client's commands from its connection. */
export interface CommandReader {
  /** Reads up to the next command; undefined when not all of it is there. */
  next(): ReceivedCommand | undefined;
  /** Forgets a command of which only a part came: the buffers go to another session. */
  release(): void;
}

/** Commands between STX and ETX. */
export class DelimitedCommands implements CommandReader {
  /** Start and end of the bytes in the piece that were read but not framed. */
  private from = 0;
  private to = 0;

  constructor(
    private readonly transport: Transport,
    private readonly framer: Framer,
    private readonly piece: Uint8Array,
  ) {}

  next(): ReceivedCommand | undefined {
    const { framer, piece } = this;
    for (;;) {
      if (this.from === this.to) {
        this.from = 0;
        this.to = this.transport.read(piece);
        if (this.to === 0) return undefined;
      }
      this.from = framer.feed(piece, this.from, this.to);
      if (framer.event !== "none") return { text: framer.text, tooLong: framer.event === "too-long" };
    }
  }

  release(): void {
    this.from = this.to = 0;
    this.framer.reset();
  }
}
