// SPDX-License-Identifier: Apache-2.0
import type { Channel } from "./fake-board";
import { FakeBoard } from "./fake-board";

/** A board with a scripted radio. */
export class RadioBoard {
  /** Requests from the firmware. */
  readonly asked: Record<string, unknown>[] = [];
  #wake: (() => void) | undefined;
  channel: Channel | undefined;
  board: FakeBoard | undefined;

  /** @param answers events for each `do`, in order */
  constructor(readonly answers: Record<string, readonly object[]> = {}) {}

  async start(): Promise<{ TCAM_BOARD: string }> {
    this.board = await FakeBoard.start((channel) => this.#serve(channel));
    return this.board.env;
  }
  /** Resolves when the firmware has made `count` requests. Its events on them precede what `say` sends then. */
  async askedFor(count: number): Promise<void> {
    while (this.asked.length < count) await new Promise<void>((resolve) => (this.#wake = resolve));
  }
  say(event: object): void {
    this.channel?.socket.write(JSON.stringify(event) + "\n");
  }

  #serve(channel: Channel): object {
    let rest = "";
    this.channel = channel;
    channel.onMessage = (_type, bytes) => {
      const lines = (rest + bytes.toString()).split("\n");
      rest = lines.pop() as string;
      for (const line of lines) {
        const operation = JSON.parse(line) as Record<string, unknown>;
        this.asked.push(operation);
        this.#wake?.();
        for (const event of this.answers[operation.do as string] ?? []) this.say(event);
      }
    };
    return { ok: true, mac: "c4:dd:57:00:ef:ff", apMac: "c4:dd:57:00:ef:00" };
  }
}
