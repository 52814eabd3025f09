// SPDX-License-Identifier: Apache-2.0
import TCP from "embedded:io/socket/tcp";
import { Frame, type VoSPIStatistics } from "drivers/vospi/vospi";
import type { FrameCapture } from "modules/camera/sensor";
import { engineText } from "modules/protocol/text";

/** A capture of real Frame objects, each published when asked: model.c. */
export class Capture extends Native("xs_model_capture_destructor") implements FrameCapture {
  static readonly Frame = Frame;
  readonly resyncs = 0;

  constructor(callbacks: { onReadable(): void }) {
    super();
    native("xs_model_capture").call(this, callbacks);
  }
  read(): Frame | undefined {
    return native("xs_model_capture_read").call(this);
  }
  publish(milliseconds: number): void {
    native("xs_model_capture_publish").call(this, milliseconds);
  }
  start(): void {}
  stop(): void {}
  resume(): void {}
  pause(): Promise<void> {
    return Promise.resolve();
  }
  get statistics(): VoSPIStatistics {
    throw new Error("no statistics");
  }
}

interface ListenerOptions {
  readonly port: number;
  onReadable(): void;
}

let clients = 0;

/** A listener whose connections are clients of model.c. */
export class Listener {
  static readonly #listening = new Map<number, Listener>();
  readonly #waiting: TCP[] = [];

  constructor(private readonly options: ListenerOptions) {
    Listener.#listening.set(options.port, this);
  }
  read(): TCP | undefined {
    return this.#waiting.shift();
  }
  close(): void {}

  /** A client connects to a port. @returns its number */
  static connect(port: number): number {
    const listener = Listener.#listening.get(port);
    if (!listener) throw new Error(`port ${port} is closed`);
    listener.#waiting.push(new TCP({ address: "192.168.4.1", port: clients }));
    listener.options.onReadable();
    return clients++;
  }
}

/** The client sends bytes. */
export function send(client: number, bytes: Uint8Array): void {
  native("xs_model_send").call(undefined, client, bytes);
}

/** The frame of a short text message to a WebSocket, with a mask of zeros. */
export function webSocketFrame(text: string): Uint8Array {
  const bytes = engineText.encode(text);
  return Uint8Array.of(0x81, 0x80 | bytes.length, 0, 0, 0, 0, ...bytes);
}

/** Bytes that the client has received. */
export const received = (client: number): number => native("xs_model_received").call(undefined, client);

/** The last byte that the client received. */
export const lastByte = (client: number): number => native("xs_model_last").call(undefined, client);

/** Clients acknowledge all that they have at once, not two segments at a time. */
export function acknowledgeAtOnce(on: boolean): void {
  native("xs_model_at_once").call(undefined, on);
}

/** Resolves when nothing is left to do: all was sent and acknowledged. */
export function settled(): Promise<void> {
  return new Promise((resolve) => native("xs_model_settled").call(undefined, resolve));
}

/** The counts of what runs between the two calls, under a name. */
export function begin(): void {
  native("xs_model_begin").call(undefined);
}

export function end(name: string, events: number): void {
  native("xs_model_end").call(undefined);
  trace(`counted ${name} ${events}\n`);
}

/** Ends the program when the caller returns. */
export function finish(): void {
  native("xs_model_finish").call(undefined);
}
