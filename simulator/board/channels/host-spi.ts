// SPDX-License-Identifier: Apache-2.0
/** The SPI slave of the hardware interface, and the host that clocks it. */
import type { AlarmHandle } from "../../lepton";
import { type Connection, OpenError, type Opener } from "../link";
import type { Pacer } from "../pacer";
import type { HostSpiPins } from "../pins";
import { checkPins, Exclusive, unknownMessage } from "./requests";

/** MISO with no transfer armed: the driver has disconnected the slave and the line floats high. */
const FLOATING = 0xff;

interface Transfer {
  readonly bytes: Buffer;
  readonly resolve: (bytes: Buffer) => void;
  readonly alarm: AlarmHandle;
  /** The firmware gets to know of its end. */
  armed: boolean;
}

/** The wires between host and slave. One transfer (one CS assertion) at a time. */
export class HostSpiBus {
  readonly #pacer: Pacer;
  readonly #random: () => number;
  #firmware: Connection | undefined;
  #armed: Buffer | undefined;
  #transfer: Transfer | undefined;
  /** Transfers the firmware was told of. */
  transfers = 0;
  /** Bits to invert in each further transfer: interference on the wires. */
  bitErrors = 0;
  #broken = false;

  constructor(pacer: Pacer, random: () => number) {
    this.#pacer = pacer;
    this.#random = random;
  }

  /** True when the next transfer carries something. */
  get armed(): boolean {
    return this.#armed !== undefined;
  }

  /**
   * One CS assertion of the host.
   * @param hz SPI clock: the transfer takes 8 × count / hz of board time; 0 = none
   * @throws RangeError while another transfer runs
   */
  transfer(count: number, hz: number): Promise<Buffer> {
    if (this.#transfer) throw new RangeError("a transfer is under way");
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

  /** The chip's SPI slave cannot be set up, and one that is set up stops working. */
  get broken(): boolean {
    return this.#broken;
  }
  set broken(broken: boolean) {
    this.#broken = broken;
    if (broken) this.#firmware?.end();
  }

  /** For the board: the firmware's end. A transfer under way carries nothing from here on. */
  attach(connection: Connection | undefined): void {
    this.#armed = undefined;
    this.#firmware = connection;
    const transfer = this.#transfer;
    if (!transfer?.armed) return;
    transfer.armed = false;
    // Which byte it has come to does not matter to a checksum: from the middle on the line floats.
    transfer.bytes.fill(FLOATING, transfer.bytes.length >> 1);
  }

  arm(bytes: Buffer): void {
    this.#armed = Buffer.from(bytes);
  }

  /** What is armed is withdrawn. @returns false while a transfer is under way: it goes on, and what is armed behind it stays */
  disarm(): boolean {
    if (this.#transfer?.armed) return false;
    this.#armed = undefined;
    return true;
  }

  /** The board goes away: a host that waits gets what there is. */
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
    }
    transfer.resolve(transfer.bytes);
  }
}

export function hostSpiOpener(pins: HostSpiPins, bus: HostSpiBus): Opener {
  const use = new Exclusive("the host SPI port");
  return (request, connection) => {
    checkPins("host SPI port", request, { clock: pins.clock, out: pins.out, select: pins.select });
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
