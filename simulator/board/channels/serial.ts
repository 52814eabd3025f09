// SPDX-License-Identifier: Apache-2.0
/** UART1 of the hardware interface: the firmware at one end, a host at the other. */
import { OpenError, type Opener } from "../link";
import type { Pacer } from "../pacer";
import { Signal } from "../signal";
import { WireQueue } from "../wire-queue";
import { checkPins, Exclusive, numberOf } from "./requests";

/** Bytes of the firmware's transmit queue: above it the connection is not read, and the firmware's write waits. */
const TRANSMIT_QUEUE = 2048;

/** The host's end. Bytes written while the firmware has not opened its end are lost, as on a real line. */
export class SerialPort {
  /** Bytes from the firmware. */
  readonly received = new Signal<Buffer>();
  /** The firmware has opened (true) or closed its end. */
  readonly attached = new Signal<boolean>();
  /** The line is free again after `write` returned false. */
  readonly drained = new Signal<void>();
  readonly pacer: Pacer;
  #toFirmware: WireQueue | undefined;

  constructor(pacer: Pacer) {
    this.pacer = pacer;
  }

  get open(): boolean {
    return this.#toFirmware !== undefined;
  }

  /** Sends bytes to the firmware. @returns false while earlier bytes are on the line */
  write(bytes: Uint8Array): boolean {
    this.pacer.sync();
    this.#toFirmware?.push(bytes);
    return (this.#toFirmware?.pending ?? 0) <= bytes.length;
  }

  /** Connects the firmware's end, or (undefined) closes it. */
  attach(queue: WireQueue | undefined): void {
    this.#toFirmware = queue;
    if (queue) queue.onEmpty = () => this.drained.emit();
    this.attached.emit(queue !== undefined);
  }
}

export function serialOpener(pins: { transmit: number; receive: number }, port: SerialPort): Opener {
  const use = new Exclusive("the serial port");
  return (request, connection) => {
    checkPins("serial port", request, { transmit: pins.transmit, receive: pins.receive });
    const baud = numberOf(request, "baud");
    if (baud < 1) throw new OpenError("baud must be above 0");
    use.take();
    const { clock } = port.pacer;
    const toFirmware = new WireQueue(clock, baud, (bytes) => connection.write(bytes));
    const toHost = new WireQueue(clock, baud, (bytes) => {
      connection.taken(bytes.length);
      port.received.emit(bytes);
    });
    toHost.onEmpty = () => connection.resume();
    port.attach(toFirmware);
    return {
      onData(bytes) {
        toHost.push(bytes);
        if (toHost.pending > TRANSMIT_QUEUE) connection.pause();
      },
      onClose() {
        toFirmware.close();
        toHost.close();
        port.attach(undefined);
        use.free();
      },
    };
  };
}
