// SPDX-License-Identifier: Apache-2.0

import type { FaultSwitches } from "./faults";
import { PACKET_BYTES } from "./segments";
import type { Segments } from "./segments";

/** CS high and SCK idle for this long prepares the part for synchronisation (Engineering Datasheet 4.2.3.3.1). */
const RESYNC_IDLE_US = 185_000;
/** A packet must be read within three line periods of about 0.5 ms (4.2.3.3.2). */
const PACKET_LIMIT_US = 1_500;

/** idle → (first clock) discard → (next segment) stream; lost and stuck send discards only. */
export type SyncState = "idle" | "discard" | "stream" | "lost" | "stuck";

/** Source of segments that can run ahead of the clock: a transfer extends into the future. */
export interface Sequencer {
  /** When the next segment becomes available. */
  readonly nextTick: number;
  /** Makes all segments that are due at `time`. */
  runTo(time: number): void;
}

/** ID 0x1FFF as real parts send it: bits 14:12 look like segment 1, bits 11:8 mark a discard. */
const DISCARD_ID = 0x1fff;
const DISCARD_CRC = 0xffff;
/** Byte of payload word 17, a counter in a stuck part's discards. */
const STUCK_COUNTER_BYTE = 4 + 17 * 2;

/**
 * The reader's side of VoSPI: decides which byte comes next. It keeps the bus's time: a transfer begins at the clock's time,
 * or where the previous one ended if the clock has not moved, and lasts as long as its bytes.
 */
export class VoSPI {
  state: SyncState = "idle";
  /** How often sync was lost. */
  losses = 0;
  private selected = false;
  private quietSince = 0;
  private busFreeAt = 0;
  private segment = 0;
  private number = 0;
  private bytes: Buffer | undefined;
  /** Position in the segment: whole packets read, and bytes of the current one. */
  private packet = 0;
  private offset = 0;
  private packetStart = 0;
  /** The current packet, in `source` at `base`; undefined source: a discard. */
  private source: Buffer | undefined;
  private base = 0;
  private repeat = false;
  private slip = 0;
  private carry = 0;
  private stuckCount = 0;
  private readonly discard = Buffer.alloc(PACKET_BYTES);
  private readonly scratch = Buffer.alloc(PACKET_BYTES);

  constructor(
    private readonly segments: Segments,
    private readonly sequencer: Sequencer,
    private readonly faults: FaultSwitches,
    private readonly strict: boolean,
    private readonly log: (text: string) => void,
  ) {
    this.discard.writeUInt16BE(DISCARD_ID, 0);
    this.discard.writeUInt16BE(DISCARD_CRC, 2);
  }

  /** Reset or power-up. With CS high the idle time starts here. */
  reset(time: number): void {
    this.state = "idle";
    this.quietSince = time;
    this.busFreeAt = time;
    this.packet = 0;
    this.offset = 0;
    this.bytes = undefined;
    this.source = undefined;
    this.slip = 0;
    this.discard[STUCK_COUNTER_BYTE] = 0;
  }

  /** Chip select; `low` true selects. @param now the clock's time, in microseconds */
  select(low: boolean, now: number): void {
    if (low === this.selected) return;
    const time = Math.max(now, this.busFreeAt);
    if (low) this.checkIdle(time);
    else this.quietSince = time;
    this.selected = low;
  }

  /** End of the last transfer, in the bus's time (µs). */
  get freeAt(): number {
    return this.busFreeAt;
  }

  /** The reader is in sync, and reads each segment as a whole, in transfers of `bytes`. */
  readsWhole(bytes: number): boolean {
    const { packetsPerSegment } = this.segments;
    return (
      this.state === "stream" &&
      this.slip === 0 &&
      this.offset === 0 &&
      this.packet === packetsPerSegment &&
      bytes === packetsPerSegment * PACKET_BYTES
    );
  }

  /** Loses sync, by an error of the reader or by a fault. */
  lose(reason: string): void {
    if (this.state !== "stream" && this.state !== "discard") return;
    this.state = "lost";
    this.losses += 1;
    this.log(`VoSPI sync lost: ${reason}`);
  }

  /** Sends only discards until a hard reset. */
  stick(): void {
    this.state = "stuck";
    this.log("VoSPI stuck in discards");
  }

  /** Called when the number of packets in a segment has changed: the reader must synchronise again. */
  resized(time: number): void {
    if (!this.selected) this.checkIdle(time);
    this.lose("packets per segment changed");
  }

  /** Makes a segment available from `time`: its place 0 … 3 in the frame, and the number in packet 20. */
  latch(segment: number, number: number, time: number): void {
    if (!this.selected) this.checkIdle(time);
    if (this.state === "stream") {
      const whole = this.packet >= this.segments.packetsPerSegment;
      const begun = this.packet > 0 || this.source !== undefined;
      if (!whole && begun) this.lose(`segment still being read at the next one (packet ${this.packet})`);
      else if (!whole && this.strict) this.lose("segment not read");
    } else if (this.state === "discard") this.state = "stream";
    this.segment = segment;
    this.number = number;
    this.packet = 0;
    this.bytes = undefined;
    this.repeat = false;
    // A discard that is being read is completed; a packet of the old segment is cut.
    if (this.source !== undefined) this.offset = 0;
    this.source = undefined;
  }

  /**
   * Clocks `count` bytes into `into`.
   * @param now the clock's time, in microseconds
   * @param byteUs duration of a byte, in microseconds
   */
  transfer(count: number, byteUs: number, now: number, into: Buffer): void {
    let time = Math.max(now, this.busFreeAt);
    if (!this.selected) {
      this.busFreeAt = time + count * byteUs;
      into.fill(0, 0, count);
      return;
    }
    let done = 0;
    while (done < count) {
      if (this.offset === 0) {
        this.sequencer.runTo(time);
        const whole = this.wholePackets(count - done, time, byteUs);
        if (whole > 0) {
          const size = whole * PACKET_BYTES;
          const at = this.packet * PACKET_BYTES;
          (this.bytes as Buffer).copy(into, done, at, at + size);
          this.packet += whole;
          done += size;
          time += size * byteUs;
          continue;
        }
        this.begin(time);
      }
      const size = Math.min(PACKET_BYTES - this.offset, count - done);
      const from = this.base + this.offset;
      (this.source ?? this.discard).copy(into, done, from, from + size);
      done += size;
      time += size * byteUs;
      this.offset += size;
      this.end(time);
    }
    this.busFreeAt = time;
    this.quietSince = time;
    if (this.slip > 0) this.shift(into, count);
    if (this.faults.any && this.faults.strikes("zeroBus")) into.fill(0, 0, count);
  }

  /** Fast path: the number of packets that can be copied at once. */
  private wholePackets(bytes: number, time: number, byteUs: number): number {
    if (this.state !== "stream" || this.faults.any || byteUs * PACKET_BYTES > PACKET_LIMIT_US) return 0;
    const left = this.segments.packetsPerSegment - this.packet;
    if (left <= 0) return 0;
    this.bytes ??= this.segments.get(this.segment, this.number);
    const untilTick = Math.floor((this.sequencer.nextTick - time) / (byteUs * PACKET_BYTES));
    return Math.min(left, Math.floor(bytes / PACKET_BYTES), untilTick);
  }

  /** Chooses the packet that begins now. */
  private begin(time: number): void {
    this.packetStart = time;
    this.source = undefined;
    this.base = 0;
    if (this.state === "idle") {
      this.state = "discard";
      if (this.faults.strikes("restartWedge")) this.stick();
    }
    if (this.state === "stuck") {
      this.stuckCount = (this.stuckCount + 1) & 0x0f;
      this.discard[STUCK_COUNTER_BYTE] = this.stuckCount << 4;
      return;
    }
    if (this.state !== "stream") return;
    if (!this.repeat && this.faults.strikes("droppedPackets")) this.packet += 1;
    if (this.packet >= this.segments.packetsPerSegment) return;
    this.bytes ??= this.segments.get(this.segment, this.number);
    this.source = this.bytes;
    this.base = this.packet * PACKET_BYTES;
    if (this.faults.any) this.spoil();
  }

  /** Faults of single packets. */
  private spoil(): void {
    this.repeat = !this.repeat && this.faults.strikes("duplicatedPackets");
    if (this.slip === 0 && this.faults.strikes("bitSlip")) {
      this.slip = this.faults.value("bitSlip");
      this.carry = 0;
    }
    if (!this.faults.strikes("bitErrors")) return;
    const { scratch } = this;
    (this.source as Buffer).copy(scratch, 0, this.base, this.base + PACKET_BYTES);
    for (let n = this.faults.value("bitErrors"); n > 0; n--) {
      const bit = this.faults.below(PACKET_BYTES * 8);
      scratch[bit >> 3] = (scratch[bit >> 3] as number) ^ (0x80 >> (bit & 7));
    }
    this.source = scratch;
    this.base = 0;
  }

  /** Accounts for the bytes of the packet that were sent. */
  private end(time: number): void {
    if (this.source === undefined) {
      if (this.offset === PACKET_BYTES) this.offset = 0;
      return;
    }
    if (time - this.packetStart > PACKET_LIMIT_US) this.lose("packet took longer than 1.5 ms");
    // The next segment came while this packet was being read.
    if (this.offset === PACKET_BYTES && this.sequencer.nextTick < time) this.sequencer.runTo(time);
    if (this.offset !== PACKET_BYTES) return;
    this.offset = 0;
    this.source = undefined;
    if (!this.repeat) this.packet += 1;
  }

  private checkIdle(time: number): void {
    // One microsecond of tolerance: bus times are sums of fractions.
    if (this.state === "stuck" || time - this.quietSince < RESYNC_IDLE_US - 1) return;
    this.state = "idle";
    this.offset = 0;
    this.source = undefined;
    this.slip = 0;
  }

  /** Shifts all bytes by some bits, as after a missed clock edge. */
  private shift(bytes: Buffer, count: number): void {
    for (let i = 0; i < count; i++) {
      const byte = bytes[i] as number;
      bytes[i] = ((this.carry << 8) | byte) >> this.slip;
      this.carry = byte;
    }
  }
}
