// SPDX-License-Identifier: Apache-2.0
/** The WebSocket to the camera: tCam commands and answers as text, frames as binary messages. */
import { type Frame, readFrame } from "./frame";

export type Message = Record<string, unknown>;
export type LinkState = "connecting" | "open" | "lost";

/** The camera refused a command. */
export class CommandError extends Error {}

interface Events {
  state(state: LinkState): void;
  frame(frame: Frame): void;
}

interface Pending {
  resolve(message: Message): void;
  reject(error: Error): void;
}

/** ms before the first, second, … attempt to connect again. */
const BACK_OFF = [300, 600, 1200, 2500];
/** ms without a message after which the camera is asked for one, and then to wait for it. */
const SILENCE = 8_000;
const ANSWER = 6_000;

/** Sign-in windows of telephones may have no WebSocket. */
export const hasWebSocket = typeof WebSocket === "function";

export class Link {
  state: LinkState = "connecting";
  /** Attempts since the last connection. */
  refused = 0;
  private socket: WebSocket | undefined;
  private readonly pending: Pending[] = [];
  private watch: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly events: Events) {
    if (hasWebSocket) this.dial();
  }

  /** Sends a command. Commands are answered in order. @returns its answer @throws CommandError with the camera's reason */
  command(cmd: string, args?: object): Promise<Message> {
    const { socket } = this;
    if (this.state !== "open" || !socket) return Promise.reject(new CommandError(cmd));
    return new Promise((resolve, reject) => {
      this.pending.push({ resolve, reject });
      socket.send(JSON.stringify(args ? { cmd, args } : { cmd }));
    });
  }

  private dial(): void {
    this.set("connecting");
    const socket = new WebSocket(`${location.protocol.replace("http", "ws")}//${location.host}/ws`, "tcam.2");
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.refused = 0;
      this.set("open");
      this.expect(SILENCE);
    };
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      this.expect(SILENCE);
      if (typeof data === "string") this.answer(data);
      else {
        const frame = readFrame(data);
        if (frame) this.events.frame(frame);
      }
    };
    socket.onclose = () => this.lose(socket);
    this.expect(SILENCE);
  }

  private answer(text: string): void {
    let message: Message;
    try {
      message = JSON.parse(text) as Message;
    } catch {
      return;
    }
    const info = message["cam_info"] as { info_value: number; info_string: string } | undefined;
    const pending = this.pending.shift();
    if (info && info.info_value !== 1) pending?.reject(new CommandError(info.info_string));
    else pending?.resolve(message);
  }

  private lose(socket: WebSocket): void {
    if (socket !== this.socket) return;
    this.socket = undefined;
    clearTimeout(this.watch);
    for (const { reject } of this.pending.splice(0)) reject(new CommandError(""));
    this.set("lost");
    setTimeout(() => this.dial(), BACK_OFF[Math.min(this.refused++, BACK_OFF.length - 1)]);
  }

  /** Asks for a sign of life after a silence, and gives up the connection when none comes. */
  private expect(ms: number): void {
    clearTimeout(this.watch);
    this.watch = setTimeout(() => {
      const { socket } = this;
      if (!socket) return;
      if (ms === SILENCE && this.state === "open") {
        void this.command("get_status").catch(() => undefined);
        this.expect(ANSWER);
      } else {
        socket.close();
        this.lose(socket); // close() itself may wait for the camera
      }
    }, ms);
  }

  private set(state: LinkState): void {
    this.state = state;
    this.events.state(state);
  }
}
