// SPDX-License-Identifier: Apache-2.0
/** The Lepton's VoSPI bus with its VSYNC line; with a firmware that has its own clock, board time waits for its capture. */
import type { AlarmHandle, Lepton } from "../../lepton";
import { type Channel, type Connection, OpenError, type Opener } from "../link";
import { LinkError, MAX_PAYLOAD } from "../messages";
import type { Pacer } from "../pacer";
import type { SpiPins } from "../pins";
import { checkPins, Exclusive, needBytes, numberOf, unknownMessage } from "./requests";
import { LockStepSpiChannel } from "./spi-lock-step";
import { encodeVsync, MESSAGE_HEADER } from "./vsync";

const KEEP_SELECTED = 1;

class SpiChannel implements Channel {
  readonly #lepton: Lepton;
  readonly #pacer: Pacer;
  readonly #connection: Connection;
  readonly #hz: number;
  readonly #closed: () => void;
  #armed = false;
  #pulses = 0;
  #idle: AlarmHandle | undefined;
  /** Pulses that came while a transfer was on the wire: announced behind its answer. */
  #late: Buffer[] | undefined;
  #answer = Buffer.alloc(0);

  constructor(lepton: Lepton, pacer: Pacer, connection: Connection, hz: number, closed: () => void) {
    this.#lepton = lepton;
    this.#pacer = pacer;
    this.#connection = connection;
    this.#hz = hz;
    this.#closed = closed;
    lepton.onVsync = (time) => this.#pulse(time);
    lepton.spiSelect(false);
  }

  onMessage(type: string, payload: Buffer): void {
    switch (type) {
      case "T":
        needBytes(payload, 5, type);
        return this.#transfer(payload.readUInt32LE(0), ((payload[4] as number) & KEEP_SELECTED) !== 0);
      case "E":
        return this.#pacer.release();
      case "I":
        needBytes(payload, 4, type);
        return this.#idleFor(payload.readUInt32LE(0));
      case "A":
        this.#armed = true;
        return;
      case "Z":
        this.#armed = false;
        return this.#pacer.release(true);
      default:
        unknownMessage(type);
    }
  }

  onClose(): void {
    if (this.#idle) this.#pacer.clock.cancel(this.#idle);
    this.#lepton.onVsync = undefined;
    this.#lepton.spiSelect(false);
    this.#pacer.release(true);
    this.#closed();
  }

  #pulse(time: number): void {
    this.#pulses = (this.#pulses + 1) >>> 0;
    if (!this.#armed) return;
    const message = encodeVsync(time, this.#pulses, 0);
    if (!this.#idle) this.#pacer.hold();
    if (this.#late) this.#late.push(message);
    else this.#connection.write(message);
  }

  #transfer(count: number, keep: boolean): void {
    if (count > MAX_PAYLOAD) throw new LinkError(`a transfer of ${count} bytes, more than ${MAX_PAYLOAD}`);
    if (this.#idle) throw new LinkError("a transfer while the bus is to be idle");
    const message = this.#buffer(MESSAGE_HEADER + count);
    message.writeUInt32LE(count, 0);
    message[4] = 0x44; // D
    this.#late = [];
    this.#lepton.spiSelect(true);
    // The part knows what it sends at which moment of the transfer; only then does the board's time pass.
    this.#lepton.spiTransfer(count, this.#hz, message.subarray(MESSAGE_HEADER));
    this.#pacer.consume((8e6 * count) / this.#hz);
    if (!keep) this.#lepton.spiSelect(false);
    this.#connection.write(message);
    for (const pulse of this.#late) this.#connection.write(pulse);
    this.#late = undefined;
  }

  /** One buffer serves all transfers of a size, unless the last answer still waits in the socket. */
  #buffer(length: number): Buffer {
    if (this.#answer.length !== length || this.#connection.waiting) this.#answer = Buffer.alloc(length);
    return this.#answer;
  }

  #idleFor(us: number): void {
    if (this.#idle) throw new LinkError("an idle request while one runs");
    this.#lepton.spiSelect(false);
    const clock = this.#pacer.clock;
    this.#idle = clock.alarm(clock.now() + us, () => {
      this.#idle = undefined;
      this.#connection.send("K");
    });
    this.#pacer.release(true);
  }
}

export function spiOpener(pins: SpiPins, lepton: Lepton, pacer: Pacer): Opener {
  const bus = new Exclusive("the SPI bus");
  return (request, connection) => {
    checkPins("SPI bus", request, { clock: pins.clock, in: pins.in, select: pins.select, vsync: pins.vsync });
    const hz = numberOf(request, "hz");
    if (hz < 1) throw new OpenError("hz must be above 0");
    bus.take();
    const Kind = connection.lockStep ? LockStepSpiChannel : SpiChannel;
    return new Kind(lepton, pacer, connection, hz, () => bus.free());
  };
}
