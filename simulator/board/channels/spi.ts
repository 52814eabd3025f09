// SPDX-License-Identifier: Apache-2.0
/** The Lepton's VoSPI bus with its VSYNC line; with a firmware that has its own clock, board time waits for its capture. */
import type { AlarmHandle, Lepton } from "../../lepton";
import { type Channel, OpenError, type Opener } from "../link";
import { LinkError } from "../messages";
import type { Pacer } from "../pacer";
import type { SpiPins } from "../pins";
import { checkPins, Exclusive, needBytes, numberOf, unknownMessage } from "./requests";
import { checkCount, endsFrame, type SpiBus } from "./spi-bus";
import { LockStepSpiChannel } from "./spi-lock-step";
import { encodeVsync, MESSAGE_HEADER } from "./vsync";

const KEEP_SELECTED = 1;

class SpiChannel implements Channel {
  readonly #bus: SpiBus;
  #armed = false;
  #pulses = 0;
  #idle: AlarmHandle | undefined;
  /** Pulses that came while a transfer was on the wire: announced behind its answer. */
  #late: Buffer[] | undefined;
  #answer = Buffer.alloc(0);

  constructor(bus: SpiBus) {
    this.#bus = bus;
    bus.lepton.onVsync = (time) => this.#pulse(time);
    bus.lepton.spiSelect(false);
  }

  onMessage(type: string, payload: Buffer): void {
    switch (type) {
      case "T":
        needBytes(payload, 5, type);
        return this.#transfer(payload.readUInt32LE(0), ((payload[4] as number) & KEEP_SELECTED) !== 0);
      case "E":
        return this.#bus.pacer.release();
      case "I":
        needBytes(payload, 4, type);
        return this.#idleFor(payload.readUInt32LE(0));
      case "A":
        this.#armed = true;
        return;
      case "Z":
        this.#armed = false;
        return this.#bus.pacer.release(true);
      default:
        unknownMessage(type);
    }
  }

  onClose(): void {
    if (this.#idle) this.#bus.pacer.clock.cancel(this.#idle);
    this.#bus.lepton.onVsync = undefined;
    this.#bus.lepton.spiSelect(false);
    this.#bus.pacer.release(true);
    this.#bus.onClosed();
  }

  #pulse(time: number): void {
    this.#pulses = (this.#pulses + 1) >>> 0;
    if (!this.#armed) return;
    const message = encodeVsync(time, this.#pulses, 0);
    if (!this.#idle) this.#bus.pacer.hold();
    if (this.#late) this.#late.push(message);
    else this.#bus.connection.write(message);
  }

  #transfer(count: number, keep: boolean): void {
    checkCount(count);
    if (this.#idle) throw new LinkError("a transfer while the bus is to be idle");
    const message = this.#buffer(MESSAGE_HEADER + count);
    message.writeUInt32LE(count, 0);
    message[4] = 0x44; // D
    this.#late = [];
    this.#bus.lepton.spiSelect(true);
    // The part knows what it sends at which moment of the transfer; only then does the board's time pass.
    this.#bus.lepton.spiTransfer(count, this.#bus.hz, message.subarray(MESSAGE_HEADER));
    this.#bus.pacer.consume((8e6 * count) / this.#bus.hz);
    if (!keep) this.#bus.lepton.spiSelect(false);
    this.#bus.onRead(message.subarray(MESSAGE_HEADER));
    this.#bus.connection.write(message);
    for (const pulse of this.#late) this.#bus.connection.write(pulse);
    this.#late = undefined;
  }

  /** One buffer serves all transfers of a size, unless the last answer still waits in the socket. */
  #buffer(length: number): Buffer {
    if (this.#answer.length !== length || this.#bus.connection.waiting) this.#answer = Buffer.alloc(length);
    return this.#answer;
  }

  #idleFor(us: number): void {
    if (this.#idle) throw new LinkError("an idle request while one runs");
    this.#bus.lepton.spiSelect(false);
    const clock = this.#bus.pacer.clock;
    this.#idle = clock.alarm(clock.now() + us, () => {
      this.#idle = undefined;
      this.#bus.connection.send("K");
    });
    this.#bus.pacer.release(true);
  }
}

/** @param onFrame called when the firmware has read the last segment of a frame */
export function spiOpener(pins: SpiPins, lepton: Lepton, pacer: Pacer, onFrame: () => void): Opener {
  const bus = new Exclusive("the SPI bus");
  return (request, connection) => {
    checkPins("SPI bus", request, { clock: pins.clock, in: pins.in, select: pins.select, vsync: pins.vsync });
    const hz = numberOf(request, "hz");
    if (hz < 1) throw new OpenError("hz must be above 0");
    bus.take();
    const Kind = connection.lockStep ? LockStepSpiChannel : SpiChannel;
    const onRead = (bytes: Buffer): void => {
      if (endsFrame(bytes)) onFrame();
    };
    return new Kind({ lepton, pacer, connection, hz, onRead, onClosed: () => bus.free() });
  };
}
