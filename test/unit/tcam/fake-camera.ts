// SPDX-License-Identifier: Apache-2.0
import { EventEmitter } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { encodeMessage, MessageReader } from "../../../tools/tcam/messages";

export interface Command {
  cmd: string;
  args: Record<string, unknown>;
}

/** A server of the camera's protocol: calls back for each command and sends what the test asks for. */
export class FakeCamera {
  private readonly server: Server;
  private socket: Socket | undefined;
  readonly commands: Command[] = [];
  /** "command": one was received and handled. */
  readonly events = new EventEmitter();

  /** @param onConnect called when a client has connected */
  constructor(
    private readonly onCommand: (command: Command, camera: FakeCamera) => void,
    onConnect: (camera: FakeCamera) => void = () => undefined,
  ) {
    this.server = createServer((socket) => {
      this.socket = socket;
      onConnect(this);
      const reader = new MessageReader();
      socket.on("error", () => undefined);
      socket.on("data", (bytes) => {
        for (const text of reader.push(bytes)) {
          const command = JSON.parse(text) as Command;
          this.commands.push(command);
          this.onCommand(command, this);
          this.events.emit("command");
        }
      });
    });
  }

  listen(): Promise<number> {
    return new Promise((resolve) => {
      this.server.listen(0, "127.0.0.1", () => resolve((this.server.address() as AddressInfo).port));
    });
  }

  send(message: object): void {
    this.socket?.write(encodeMessage(message));
  }

  sendText(text: string): void {
    this.socket?.write(`\x02${text}\x03`);
  }

  info(info_value: number, info_string: string): void {
    this.send({ cam_info: { info_value, info_string } });
  }

  /** Closes the connection after everything is sent. */
  end(): void {
    this.socket?.end();
  }

  destroy(): void {
    this.socket?.destroy();
  }

  close(): Promise<void> {
    this.socket?.destroy();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}
