// SPDX-License-Identifier: Apache-2.0

/** A scripted board for the board link (docs/board-link.md). */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type Opening = { open: string } & Record<string, unknown>;

/** A connection opened by the firmware. */
export class Channel {
  /** A message from the firmware; on `serial` and `radio` raw bytes with an empty `type`. */
  onMessage: (type: string, payload: Buffer) => void = () => {};
  onClose: () => void = () => {};

  constructor(
    readonly opening: Opening,
    readonly socket: Socket,
  ) {}
  send(type: string, payload: Uint8Array | string = ""): void {
    const bytes = Buffer.from(payload as string);
    const header = Buffer.alloc(5);
    header.writeUInt32LE(bytes.length, 0);
    header.write(type, 4, "latin1");
    this.socket.write(Buffer.concat([header, bytes]));
  }
}

/** The answer to an opening; undefined: none. An Error thrown refuses it. */
export type OnOpen = (channel: Channel) => object | string | undefined;

export class FakeBoard {
  readonly #folder = mkdtempSync(join(tmpdir(), "tcam-board-"));
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly path = join(this.#folder, "board");
  /** Opening lines sent by the firmware. */
  readonly openings: Opening[] = [];

  private constructor(onOpen: OnOpen) {
    this.#server = createServer((socket) => this.#onConnection(socket, onOpen));
  }
  static async start(onOpen: OnOpen): Promise<FakeBoard> {
    const board = new FakeBoard(onOpen);
    boards.add(board);
    await new Promise<void>((resolve) => board.#server.listen(board.path, resolve));
    return board;
  }
  get env(): { TCAM_BOARD: string } {
    return { TCAM_BOARD: this.path };
  }
  stop(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #onConnection(socket: Socket, onOpen: OnOpen): void {
    let rest: Buffer = Buffer.alloc(0);
    let channel: Channel | undefined;
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => channel?.onClose());
    socket.on("data", (bytes: Buffer) => {
      rest = Buffer.concat([rest, bytes]);
      if (!channel) {
        const end = rest.indexOf(10);
        if (end < 0) return;
        channel = new Channel(JSON.parse(rest.toString("utf8", 0, end)) as Opening, socket);
        rest = rest.subarray(end + 1);
        this.openings.push(channel.opening);
        answer(channel, onOpen);
      }
      rest = deliver(channel, rest);
    });
  }
}

function answer(channel: Channel, onOpen: OnOpen): void {
  try {
    const line = onOpen(channel);
    if (line) channel.socket.write(typeof line === "string" ? line : JSON.stringify(line) + "\n");
  } catch (error) {
    channel.socket.end(JSON.stringify({ error: (error as Error).message }) + "\n");
  }
}

function deliver(channel: Channel, bytes: Buffer): Buffer {
  if (channel.opening.open === "serial" || channel.opening.open === "radio") {
    if (bytes.length) channel.onMessage("", bytes);
    return Buffer.alloc(0);
  }
  let rest = bytes;
  while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32LE(0)) {
    const length = rest.readUInt32LE(0);
    channel.onMessage(rest.toString("latin1", 4, 5), rest.subarray(5, 5 + length));
    rest = rest.subarray(5 + length);
  }
  return rest;
}

const boards = new Set<FakeBoard>();

afterEach(() => {
  for (const board of boards) board.stop();
  boards.clear();
});
