// SPDX-License-Identifier: Apache-2.0
import { TelemetryWord } from "modules/camera/telemetry";
import type { Frame, FrameSink, FrameSource } from "modules/camera/frame";
import {
  type CameraConfig,
  CHUNK_BYTES,
  CommandError,
  type Services,
  UPDATE_SUCCESS,
  type UpdateClient,
} from "modules/protocol/services";
import { CAMERA_SETTINGS, defaultsOf } from "modules/settings/table";
import type { Random } from "./random";

/** Emits frames on demand and counts those that the camera and encoders hold. */
class FuzzFrames implements FrameSource {
  readonly #sinks = new Set<FrameSink>();
  #latest: FuzzFrame | undefined;
  #sequence = 0;
  /** Number of held frames. */
  held = 0;

  subscribe(sink: FrameSink): void {
    this.#sinks.add(sink);
  }
  unsubscribe(sink: FrameSink): void {
    this.#sinks.delete(sink);
  }
  latest(): Frame | undefined {
    return this.#latest;
  }
  outage(): string | undefined {
    return undefined;
  }
  emit(): void {
    const frame = new FuzzFrame(this, ++this.#sequence);
    this.#latest?.close();
    this.#latest = frame;
    for (const sink of [...this.#sinks]) sink.offer(frame);
  }
}

/** A frame with a count of holds, as the native one has. */
export class FuzzFrame implements Frame {
  readonly captured: number;
  #holds = 0;

  constructor(
    private readonly owner: FuzzFrames,
    readonly sequence: number,
  ) {
    this.captured = sequence;
    this.hold();
  }
  /** Its pixels are temperatures. */
  telemetry(word: number): number {
    return word === TelemetryWord.TLINEAR_ENABLED ? 1 : 0;
  }
  copy(): FuzzFrame {
    return new FuzzFrame(this.owner, this.sequence);
  }
  hold(): void {
    if (this.#holds++ === 0) this.owner.held += 1;
  }
  close(): void {
    if (--this.#holds === 0) this.owner.held -= 1;
    if (this.#holds < 0) throw new Error("a frame was released too often");
  }
}

export interface FuzzServices extends Services {
  readonly frames: FuzzFrames;
}

/** Reads of a CCI command from here on always succeed. The generator's messages hardly have such a command. */
export const MARKER_COMMAND = 0x9000;

/** Services that answer late, reject and fail at random. */
export function fakeServices(random: Random): FuzzServices {
  const config = defaultsOf<CameraConfig>(CAMERA_SETTINGS);
  const behave = async (): Promise<void> => {
    for (let waits = random.below(4); waits > 0; waits--) await undefined;
    if (random.once(20)) throw new CommandError("the Lepton does not answer");
    if (random.once(500)) throw new TypeError("unexpected");
  };
  /** The button is pressed some time after a request was accepted. */
  const pressed = async (): Promise<void> => {
    for (let waits = 10 + random.below(20); waits > 0; waits--) await undefined;
  };
  let client: UpdateClient | undefined;
  let size = 0;
  const request = (at: number): void => client?.requestChunk(at, Math.min(size - at, CHUNK_BYTES));
  return {
    identity: { camera: "tCam-Mini-EFB5", model: 262146, version: "4.0" },
    frames: new FuzzFrames(),
    camera: {
      config,
      setConfig: behave,
      setSpotmeter: behave,
      runFFC: behave,
      readCCI: async (command, length) => {
        if (command < MARKER_COMMAND) await behave();
        return { status: 6, data: new Uint8Array(2 * length) };
      },
      writeCCI: async (_, data) => {
        await behave();
        if (data.length % 2) throw new Error("odd number of bytes");
        return { status: 6, data: new Uint8Array(0) };
      },
    },
    clock: {
      set: () => undefined,
      wall: () => 1_612_373_629_005,
      format: () => ({ Time: "17:33:49.005", Date: "2/3/21" }),
    },
    network: {
      describe: () => ({
        ap_ssid: "tCam-Mini-EFB5",
        sta_ssid: "",
        flags: 15,
        ap_ip_addr: "192.168.4.1",
        sta_ip_addr: "192.168.4.2",
        sta_netmask: "255.255.255.0",
        cur_ip_addr: "192.168.4.1",
      }),
      configure: async () => {
        await behave();
        return () => undefined;
      },
    },
    update: {
      request: async (from, length) => {
        await behave();
        if (client) throw new CommandError("another client's update is under way");
        client = from;
        size = length;
        void pressed().then(() => from === client && request(0));
      },
      chunk: (from, start, data) => {
        if (data.length > CHUNK_BYTES) throw new Error("chunk too long");
        if (from !== client) return;
        const end = start + data.length;
        if (end < size && !random.once(50)) return request(end);
        client = undefined;
        from.report(end < size ? "Firmware update failed" : UPDATE_SUCCESS);
      },
      gone: (from) => {
        if (from === client) client = undefined;
      },
      get notice() {
        return random.once(50) ? "Firmware update rolled back" : undefined;
      },
    },
  };
}
