// SPDX-License-Identifier: Apache-2.0
import { EventEmitter } from "node:events";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { frame, PacketReader, ProtocolError } from "./packets";

export interface CamInfo {
  info_value: number;
  info_string: string;
}

/** `cam_info` codes (readme of the tCam-Mini; 6 is sent by every firmware since 2.0 but in no readme). */
export const Code = { Nack: 0, Ack: 1, Unimplemented: 2, Bad: 3, Internal: 4, Debug: 5, Update: 6 } as const;

export type Answer = Record<string, unknown>;

/** The camera said no. The message is the camera's own. */
export class CommandFailed extends Error {}

interface Call {
  name: string;
  resolve(answer: Answer): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
}

export interface ConnectionOptions {
  host: string;
  port?: number;
  /** Milliseconds for the connection, and for each answer unless the call says otherwise. */
  timeout?: number;
}

interface ConnectionEvents {
  image: [text: string];
  /** Hardware interface only: an image of so many bytes, its checksum included, can be fetched over SPI. */
  image_ready: [bytes: number];
  get_fw: [request: { start: number; length: number }];
  info: [info: CamInfo];
  close: [error: Error | undefined];
}

/** A socket or another stream that, like one, need not keep the process alive. */
export type Wire = Duplex & { unref?(): unknown };

/**
 * One connection to a camera: its command socket or its serial port. Cameras pair answers with commands by order, so this does too:
 * images, `get_fw` and `cam_info` 4 and 6 are events, everything else answers the oldest waiting call.
 */
export class Connection extends EventEmitter<ConnectionEvents> {
  private readonly reader = new PacketReader();
  private readonly calls: Call[] = [];
  private failure: Error | undefined;

  /** @param socket open already @param timeout milliseconds for each answer unless the call says otherwise */
  constructor(
    private readonly socket: Wire,
    private readonly timeout = 5000,
  ) {
    super();
    socket.on("data", (bytes) => this.receive(bytes));
    socket.on("error", (error) => this.fail(error));
    socket.on("close", () => {
      this.fail(new Error("the camera closed the connection"));
      this.emit("close", this.failure);
    });
  }

  static open({ host, port = 5001, timeout = 5000 }: ConnectionOptions): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port });
      const timer = setTimeout(
        () => socket.destroy(new Error(`no answer from ${host}:${port} in ${timeout / 1000} s`)),
        timeout,
      );
      socket.once("error", (error) => {
        clearTimeout(timer);
        reject(new Error(`cannot connect to ${host}:${port}: ${error.message}`));
      });
      socket.once("connect", () => {
        clearTimeout(timer);
        socket.removeAllListeners("error");
        socket.setNoDelay(true);
        resolve(new Connection(socket, timeout));
      });
    });
  }

  /**
   * Sends a command and waits for its answer.
   * @throws CommandFailed with the camera's words when the answer is a `cam_info` other than an ACK
   */
  call(cmd: string, args?: object, timeout = this.timeout): Promise<Answer> {
    if (this.failure) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.socket.destroy();
        this.fail(new Error(`no answer to ${cmd} in ${timeout / 1000} s`));
      }, timeout);
      this.calls.push({ name: cmd, resolve, reject, timer });
      this.send(cmd, args);
    });
  }

  /** Sends a command that has no answer of its own (get_image, fw_segment). */
  send(cmd: string, args?: object): void {
    this.socket.write(frame(args ? { cmd, args } : { cmd }));
  }

  /** The next image, as the JSON text that came. */
  image(timeout = 10_000): Promise<string> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        this.off("image", onImage);
        this.off("info", onInfo);
        this.off("close", onClose);
      };
      const onImage = (text: string): void => {
        done();
        resolve(text);
      };
      const onClose = (error: Error | undefined): void => {
        done();
        reject(error ?? new Error("connection closed"));
      };
      const onInfo = (info: CamInfo): void => {
        if (info.info_value === Code.Nack) onClose(new CommandFailed(info.info_string));
      };
      const timer = setTimeout(() => onClose(new Error(`no image in ${timeout / 1000} s`)), timeout);
      this.on("image", onImage);
      this.on("info", onInfo);
      this.on("close", onClose);
      this.send("get_image");
    });
  }

  /** @param reason given to who waits for something */
  close(reason = new Error("connection closed")): void {
    this.fail(reason);
    this.socket.end();
    this.socket.unref?.();
  }

  private receive(bytes: Buffer): void {
    try {
      for (const text of this.reader.push(bytes)) this.dispatch(text);
    } catch (error) {
      this.socket.destroy();
      this.fail(error instanceof Error ? error : new ProtocolError(String(error)));
    }
  }

  private dispatch(text: string): void {
    if (text.includes('"radiometric"')) {
      this.emit("image", text);
      return;
    }
    const packet: unknown = JSON.parse(text);
    if (typeof packet !== "object" || packet === null) throw new ProtocolError(`not a packet: ${text.slice(0, 80)}`);
    const answer = packet as Answer;
    if ("image_ready" in answer) {
      this.emit("image_ready", Number(answer["image_ready"]));
      return;
    }
    if ("get_fw" in answer) {
      this.emit("get_fw", answer["get_fw"] as { start: number; length: number });
      return;
    }
    const info = answer["cam_info"] as CamInfo | undefined;
    if (info && (info.info_value === Code.Update || info.info_value === Code.Internal || this.calls.length === 0)) {
      this.emit("info", info);
      return;
    }
    this.settle(answer, info);
  }

  private settle(answer: Answer, info: CamInfo | undefined): void {
    const call = this.calls.shift();
    if (!call) return;
    clearTimeout(call.timer);
    if (info && info.info_value !== Code.Ack) call.reject(new CommandFailed(info.info_string));
    else call.resolve(answer);
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const call of this.calls.splice(0)) {
      clearTimeout(call.timer);
      call.reject(this.failure);
    }
  }
}
