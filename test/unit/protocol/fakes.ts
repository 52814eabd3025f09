// SPDX-License-Identifier: Apache-2.0
import type { Frame, FrameSink, FrameSource } from "modules/camera/frame";
import type { Encoder } from "modules/image/image";
import type { Base64Codec } from "modules/protocol/arguments";
import type { TextCodec } from "modules/protocol/text";
import type {
  CameraConfig,
  CameraService,
  CciResult,
  ClockService,
  Identity,
  NetworkService,
  Services,
  Spotmeter,
  TimeFields,
  UpdateClient,
  UpdateService,
  WifiChange,
  WifiDescription,
} from "modules/protocol/services";
import { CAMERA_SETTINGS, defaultsOf } from "modules/settings/table";

/** Node's codecs in place of the engine's. */
export const nodeText: TextCodec = {
  encode: (text) => new TextEncoder().encode(text),
};

export const nodeBase64: Base64Codec = {
  decode(text) {
    if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) throw new Error("not base64");
    return Uint8Array.from(Buffer.from(text, "base64"));
  },
  encode: (bytes) => Buffer.from(bytes).toString("base64"),
};

/** A frame without pixels. Like the native one it has a count of holds: the camera's, and one for each encoder. */
export class FakeFrame implements Frame {
  closed = false;
  encoders = 0;
  constructor(
    readonly sequence: number,
    readonly captured: number,
  ) {}
  telemetry(): number {
    return 0;
  }
  copy(): FakeFrame {
    return new FakeFrame(this.sequence, this.captured);
  }
  close(): void {
    this.closed = true;
  }
  get held(): boolean {
    return !this.closed || this.encoders > 0;
  }
}

/** Hands out frames as the camera does: the newest is held until the next one comes. */
export class FakeFrames implements FrameSource {
  readonly sinks = new Set<FrameSink>();
  readonly made: FakeFrame[] = [];
  reason: string | undefined;
  #latest: FakeFrame | undefined;

  subscribe(sink: FrameSink): void {
    this.sinks.add(sink);
  }
  unsubscribe(sink: FrameSink): void {
    this.sinks.delete(sink);
  }
  latest(): Frame | undefined {
    return this.#latest;
  }
  outage(): string | undefined {
    return this.reason;
  }

  /** The sensor delivers a frame. */
  emit(captured = 0): FakeFrame {
    const frame = new FakeFrame(this.made.length + 1, captured);
    this.made.push(frame);
    this.#latest?.close();
    this.#latest = frame;
    for (const sink of [...this.sinks]) sink.offer(frame);
    return frame;
  }

  /** Frames that the camera or an encoder holds. */
  get held(): number {
    return this.made.filter(({ held }) => held).length;
  }
}

/** Makes messages of the real shape, with the frame's number where the pixels would be. */
export class FakeEncoder implements Encoder {
  #bytes = new Uint8Array(0);
  #position = 0;
  #sum = 0;
  #frame: FakeFrame | undefined;
  #holding = false;

  /** @param size bytes of filler that stand for the base64 texts */
  constructor(readonly size = 52_000) {}

  /** The frame of the last message. */
  get sequence(): number {
    return this.#frame?.sequence ?? 0;
  }

  start(frame: Frame, metadata: string): number {
    if ((frame as FakeFrame).closed) throw new Error("frame is closed");
    this.stop();
    this.#frame = frame as FakeFrame;
    this.#frame.encoders += 1;
    this.#holding = true;
    const filler = "A".repeat(this.size);
    const text = `\x02{"metadata":${metadata},"radiometric":"${frame.sequence}","telemetry":"${filler}"}\x03`;
    this.#bytes = new TextEncoder().encode(text);
    this.#position = 0;
    this.#sum = 0;
    return this.#bytes.length;
  }

  read(target: Uint8Array): number {
    if (!this.#holding) return 0;
    const piece = this.#bytes.subarray(this.#position, this.#position + target.length);
    target.set(piece);
    this.#position += piece.length;
    for (const byte of piece) this.#sum = (this.#sum + byte) >>> 0;
    if (this.#position === this.#bytes.length) this.stop();
    return piece.length;
  }

  stop(): void {
    if (this.#holding && this.#frame) this.#frame.encoders -= 1;
    this.#holding = false;
  }

  checksum(): number {
    return this.#sum;
  }
}

export class FakeCamera implements CameraService {
  config = defaultsOf<CameraConfig>(CAMERA_SETTINGS);
  readonly calls: unknown[][] = [];
  /** What the next calls do instead of succeeding at once. */
  behaviour: () => Promise<void> = () => Promise.resolve();
  cci: CciResult = { status: 6, data: Uint8Array.of(0x3b, 0, 0x4f, 0, 0x3c, 0, 0x50, 0) };

  async setConfig(change: Partial<CameraConfig>): Promise<void> {
    this.calls.push(["setConfig", change]);
    await this.behaviour();
    this.config = { ...this.config, ...change };
  }
  setSpotmeter(box: Spotmeter): Promise<void> {
    this.calls.push(["setSpotmeter", box]);
    return this.behaviour();
  }
  runFFC(): Promise<void> {
    this.calls.push(["runFFC"]);
    return this.behaviour();
  }
  async readCCI(command: number, length: number): Promise<CciResult> {
    this.calls.push(["readCCI", command, length]);
    await this.behaviour();
    return this.cci;
  }
  async writeCCI(command: number, data: Uint8Array): Promise<CciResult> {
    this.calls.push(["writeCCI", command, [...data]]);
    await this.behaviour();
    return { ...this.cci, data: new Uint8Array(0) };
  }
}

export class FakeClock implements ClockService {
  readonly set: jest.Mock<void, [TimeFields]> = jest.fn();
  wall(moment = 0): number {
    return Date.UTC(2021, 1, 3, 17, 33) + moment;
  }
  format(moment = 0): { Time: string; Date: string } {
    const pad = (value: number, width: number): string => String(value).padStart(width, "0");
    return { Time: `17:33:${pad(Math.floor(moment / 1000) % 60, 2)}.${pad(moment % 1000, 3)}`, Date: "2/3/21" };
  }
}

export class FakeNetwork implements NetworkService {
  readonly changes: WifiChange[] = [];
  refusal: Error | undefined;
  applied = 0;
  describe(): WifiDescription {
    return {
      ap_ssid: "tCam-Mini-EFB5",
      sta_ssid: "",
      flags: 15,
      ap_ip_addr: "192.168.4.1",
      sta_ip_addr: "192.168.4.2",
      sta_netmask: "255.255.255.0",
      cur_ip_addr: "192.168.4.1",
    };
  }
  configure(change: WifiChange): Promise<() => void> {
    if (this.refusal) return Promise.reject(this.refusal);
    this.changes.push(change);
    return Promise.resolve(() => void this.applied++);
  }
}

export class FakeUpdate implements UpdateService {
  client: UpdateClient | undefined;
  refusal: Error | undefined;
  notice: string | undefined;
  readonly segments: { client: UpdateClient; start: number; data: number[] }[] = [];
  readonly goneClients: UpdateClient[] = [];
  gate: Promise<void> = Promise.resolve();

  async request(client: UpdateClient): Promise<void> {
    await this.gate;
    if (this.refusal) throw this.refusal;
    this.client = client;
  }
  chunk(client: UpdateClient, start: number, data: Uint8Array): void {
    this.segments.push({ client, start, data: [...data] });
  }
  gone(client: UpdateClient): void {
    this.goneClients.push(client);
    if (this.client === client) this.client = undefined;
  }
}

export class FakeServices implements Services {
  identity: Identity = { camera: "tCam-Mini-EFB5", model: 262146, version: "4.0" };
  readonly camera = new FakeCamera();
  readonly frames = new FakeFrames();
  readonly clock = new FakeClock();
  readonly network = new FakeNetwork();
  readonly update = new FakeUpdate();
}
