// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import type { UpdateClient } from "modules/protocol/services";
import type { Fault } from "modules/status/fault";
import { Notices, type TextStore } from "modules/update/notices";
import type { SlotFlash } from "modules/update/slot-writer";
import { Update, type UpdateStage, type UpdateVideo } from "modules/update/update";
import { recordingLog } from "../fakes/log";
import { VirtualTimers } from "../fakes/virtual-timers";

/** An application image with its SHA-256 at the end; its body differs in every byte from erased flash and from its neighbours. */
export function firmware(
  length: number,
  fields: { version?: string; project?: string; chip?: number } = {},
): Uint8Array {
  const image = Buffer.alloc(length);
  for (let i = 288; i < length; i++) image[i] = (i * 7 + (i >> 8)) % 251;
  image[0] = 0xe9;
  image[23] = 1;
  image.writeUInt16LE(fields.chip ?? 0, 12);
  image.writeUInt32LE(0xabcd5432, 32);
  image.write(fields.version ?? "4.1", 48, "latin1");
  image.write(fields.project ?? "tCamMini", 80, "latin1");
  createHash("sha256")
    .update(image.subarray(0, -32))
    .digest()
    .copy(image, length - 32);
  return image;
}

/** Longest time of a chunk's write in ms. */
export const WRITE_TIME = 25;
const PAGE = 256;
const SECTOR = 4096;

/** The slot's NOR flash: erasing sets sectors to 0xFF, programming only clears bits. Its operations end at once. */
export class NorFlash implements SlotFlash {
  readonly bytes: Buffer;
  /** Erases, and pages programmed. */
  operations = 0;
  /** Openings that are not closed yet. */
  held = 0;
  /** The operation with this number fails. */
  failAt = Infinity;

  constructor(readonly size = 0x200000) {
    this.bytes = Buffer.alloc(size, 0x33);
  }

  async erase(offset: number, length: number): Promise<void> {
    await Promise.resolve();
    if (offset % SECTOR || length % SECTOR) throw new RangeError("no whole sectors");
    this.count();
    this.bytes.fill(0xff, offset, offset + length);
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    await Promise.resolve();
    for (let at = 0; at < bytes.byteLength; at += PAGE) {
      this.count();
      bytes.subarray(at, at + PAGE).forEach((byte, i) => {
        const place = offset + at + i;
        this.bytes[place] = (this.bytes[place] ?? 0) & byte;
      });
    }
  }

  close(): void {
    this.held--;
  }

  private count(): void {
    if (this.held <= 0) throw new Error("closed");
    if (++this.operations === this.failAt) throw new Error("flash error");
  }
}

/** Capture whose pauses begin at once. */
export class FakeVideo implements UpdateVideo {
  paused = false;
  pauses = 0;
  pauseVideo(): Promise<void> {
    if (this.paused) return Promise.reject(new Error("paused already"));
    this.paused = true;
    this.pauses++;
    return Promise.resolve();
  }
  resumeVideo(): void {
    this.paused = false;
  }
  /** Called before each write of flash outside the slot. */
  onTurn: () => void = () => undefined;
  writeFlash<T>(work: () => Promise<T>): Promise<T> {
    this.onTurn();
    return work();
  }
}

export class MemoryStore implements TextStore {
  readonly entries = new Map<string, string>();
  read(key: string): string | undefined {
    return this.entries.get(key);
  }
  write(key: string, value: string): void {
    this.entries.set(key, value);
  }
  delete(key: string): void {
    this.entries.delete(key);
  }
}

export class Client implements UpdateClient {
  readonly requests: [start: number, length: number][] = [];
  readonly reports: string[] = [];
  requestChunk(start: number, length: number): void {
    this.requests.push([start, length]);
  }
  report(text: string): void {
    this.reports.push(text);
  }
}

/** An Update with everything around it faked, and a host that serves chunks. */
export class Rig {
  readonly timers = new VirtualTimers();
  readonly flash: NorFlash;
  readonly video = new FakeVideo();
  /** The faults raised now, with their reasons. */
  readonly faults = new Map<Fault, string>();
  readonly stages: UpdateStage[] = [];
  readonly notices = new Notices(new MemoryStore());
  readonly client = new Client();
  readonly lines: string[];
  readonly update: Update;
  booted: string | undefined;
  /** Thrown by the choice of the image to boot. */
  bootError: Error | undefined;
  /** Called while the signature is being checked. */
  onCheck: () => void = () => undefined;
  /** Called while the image is being selected for the next start. */
  onSelect: () => void = () => undefined;
  restarts = 0;
  readonly info = { partition: "factory", version: "4.0" };
  onTrial = false;
  openError: Error | undefined;
  /** What the check of the signature says; an Error is thrown. */
  signature: string | Error | undefined;
  readonly checked: [partition: string, length: number][] = [];
  length = 0;
  /** What the image in flash says of its length, when that is not the length announced. */
  ownLength: number | undefined;

  constructor(options: { partition?: string; size?: number } = {}) {
    const { log, lines } = recordingLog(() => this.timers.now());
    this.lines = lines;
    this.info.partition = options.partition ?? "factory";
    this.flash = new NorFlash(options.size);
    this.update = new Update({
      system: {
        info: this.info,
        openSlot: () => {
          if (this.openError) throw this.openError;
          this.flash.held++;
          return this.flash;
        },
        select: async (partition) => {
          await Promise.resolve();
          this.onSelect();
          if (this.bootError) throw this.bootError;
          this.booted = partition;
        },
        restart: () => void this.restarts++,
      },
      video: this.video,
      openCheck: () => this.check(),
      timers: this.timers,
      log,
      faults: {
        raise: (fault, reason) => void this.faults.set(fault, reason),
        clear: (fault) => void this.faults.delete(fault),
      },
      notices: this.notices,
      onTrial: () => this.onTrial,
      checkSignature: (partition, length) => this.checkSignature(partition, length),
    });
    this.update.on("stage", (stage) => void this.stages.push(stage));
  }

  private async checkSignature(partition: string, length: number): Promise<string | undefined> {
    this.checked.push([partition, length]);
    this.onCheck();
    await Promise.resolve();
    if (this.signature instanceof Error) throw this.signature;
    return this.signature;
  }

  get stage(): UpdateStage {
    return this.stages.at(-1) ?? "none";
  }

  /** A check of the SHA-256 at the end of the announced length, or of `ownLength`. */
  private check(): { take(bytes: Uint8Array): void; readonly length: number } {
    const taken: Uint8Array[] = [];
    const length = (): number => {
      const expected = this.ownLength ?? this.length;
      const bytes = Buffer.concat(taken).subarray(0, expected);
      const hash = createHash("sha256").update(bytes.subarray(0, -32)).digest();
      return hash.equals(bytes.subarray(-32)) ? expected : 0;
    };
    return {
      take: (bytes) => void taken.push(Uint8Array.from(bytes)),
      get length() {
        return length();
      },
    };
  }

  /** Requests an update to `image` and presses the button. */
  async begin(image: Uint8Array, version = "4.1"): Promise<void> {
    this.length = image.byteLength;
    await this.update.request(this.client, image.byteLength, version);
    this.update.button();
  }

  /** Answers the newest request with the right chunk, and lets it be written. */
  async serve(image: Uint8Array): Promise<void> {
    const [start, length] = this.client.requests.at(-1) ?? [0, 0];
    this.update.chunk(this.client, start, image.subarray(start, start + length));
    await this.timers.advance(WRITE_TIME);
  }

  async serveAll(image: Uint8Array): Promise<void> {
    for (let i = 0; i < Math.ceil(image.byteLength / 8192); i++) await this.serve(image);
  }
}
