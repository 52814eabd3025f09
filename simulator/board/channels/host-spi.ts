// SPDX-License-Identifier: Apache-2.0
/** The SPI slave of the hardware interface, and the host that clocks it. */
import type { AlarmHandle } from "../../lepton";
import { type Connection, OpenError, type Opener } from "../link";
import type { Pacer } from "../pacer";
import type { HostSpiPins } from "../pins";
import { Signal } from "../signal";
import { checkPins, Exclusive, unknownMessage } from "./requests";

/** MISO with no transfer armed: the driver has disconnected the slave and the line floats high. */
const FLOATING = 0xff;

interface Transfer {
  readonly bytes: Buffer;
  readonly resolve: (bytes: Buffer) => void;
  readonly alarm: AlarmHandle;
  /** The firmware gets a report at its end. */
  armed: boolean;
}

/** The wires between host and slave. One transfer (one CS assertion) at a time. */
export class HostSpiBus {
  readonly #pacer: Pacer;
  readonly #random: () => number;
  #firmware: Connection | undefined;
  #armed: Buffer | undefined;
  #transfer: Transfer | undefined;
  /** Transfers reported to the firmware. */
  transfers = 0;
  /** Bits to invert in each transfer: interference on the wires. */
  bitErrors = 0;
  /** Bytes of each transfer that carried an image of the firmware, at its end. */
  readonly carried = new Signal<Buffer>();
  #broken = false;

  constructor(pacer: Pacer, random: () => number) {
    this.#pacer = pacer;
    this.#random = random;
  }

  /** The next transfer carries bytes of the firmware. */
  get armed(): boolean {
    return this.#armed !== undefined;
  }

  /** A transfer is under way. */
  get busy(): boolean {
    return this.#transfer !== undefined;
  }

  /**
   * Runs one CS assertion of the host; resolves with `count` bytes.
   * @param hz SPI clock: the transfer takes 8 × count / hz seconds of board time; 0: no time
   * @throws RangeError during another transfer
   */
  transfer(count: number, hz: number): Promise<Buffer> {
    if (this.#transfer) throw new RangeError("another transfer is under way");
    this.#pacer.sync();
    const clock = this.#pacer.clock;
    const bytes = Buffer.alloc(count, this.#armed ? 0 : FLOATING);
    this.#armed?.copy(bytes);
    const armed = this.#armed !== undefined;
    this.#armed = undefined;
    for (let errors = armed ? this.bitErrors : 0; errors > 0 && count > 0; errors--) {
      const at = Math.floor(this.#random() * count);
      bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(this.#random() * 8));
    }
    const micros = hz > 0 ? (8e6 * count) / hz : 0;
    return new Promise((resolve) => {
      const alarm = clock.alarm(clock.now() + micros, () => this.#end());
      this.#transfer = { bytes, resolve, alarm, armed };
    });
  }

  /** Fault: the chip's SPI slave cannot be opened, and an open one fails. */
  get broken(): boolean {
    return this.#broken;
  }
  set broken(broken: boolean) {
    this.#broken = broken;
    if (broken) this.#firmware?.end();
  }

  /** Connects the firmware's end, or (undefined) closes it: the rest of a transfer under way carries nothing. */
  attach(connection: Connection | undefined): void {
    this.#armed = undefined;
    this.#firmware = connection;
    const transfer = this.#transfer;
    if (!transfer?.armed) return;
    transfer.armed = false;
    // The position does not matter to a checksum: the line floats from the middle on.
    transfer.bytes.fill(FLOATING, transfer.bytes.length >> 1);
  }

  /** Sets the bytes of the next transfer. */
  arm(bytes: Buffer): void {
    this.#armed = Buffer.from(bytes);
  }

  /** Withdraws the armed bytes. @returns false during a transfer, which goes on; bytes armed behind it stay */
  disarm(): boolean {
    if (this.#transfer?.armed) return false;
    this.#armed = undefined;
    return true;
  }

  /** Ends the bus: a transfer under way resolves with its bytes. */
  close(): void {
    this.attach(undefined);
    if (this.#transfer) this.#pacer.clock.cancel(this.#transfer.alarm);
    this.#end();
  }

  #end(): void {
    const transfer = this.#transfer;
    this.#transfer = undefined;
    if (!transfer) return;
    if (transfer.armed) {
      this.transfers += 1;
      const count = Buffer.alloc(4);
      count.writeUInt32LE(transfer.bytes.length);
      this.#firmware?.send("S", count);
      this.carried.emit(transfer.bytes);
    }
    transfer.resolve(transfer.bytes);
  }
}

export function hostSpiOpener(pins: HostSpiPins, bus: HostSpiBus): Opener {
  const use = new Exclusive("the host SPI slave");
  return (request, connection) => {
    checkPins("host SPI slave", request, { clock: pins.clock, out: pins.out, select: pins.select });
    if (bus.broken) throw new OpenError("the SPI slave does not work");
    use.take();
    bus.attach(connection);
    return {
      onMessage(type, payload) {
        if (type === "B") bus.arm(payload);
        else if (type === "Z") {
          const free = bus.disarm();
          connection.send("Z", Buffer.of(free ? 1 : 0));
        } else unknownMessage(type);
      },
      onClose() {
        bus.attach(undefined);
        use.free();
      },
    };
  };
}
