// SPDX-License-Identifier: Apache-2.0
import type Serial from "embedded:io/serial";
import { Emitter } from "modules/events/emitter";
import { messageOf } from "modules/log/log";
import { IMAGE_OUTPUT_FAILED } from "modules/protocol/protocol";
import { Fault, type FaultSink } from "modules/status/fault";
import { DelimitedChannel, type SessionMemory } from "./channel";
import type { ClientInterface, ClientInterfaceEvents } from "./client-interface";
import type { ImageOutput } from "./outlets";
import { Session, type SessionEnvironment } from "./session";
import { SocketTransport } from "./transport";

/** ms before a failed serial port is reopened. */
const RETRY_MS = 1_000;

/** The serial port: its class, pins, baud rate and UART number. */
export interface SerialEntry {
  readonly io: typeof Serial;
  readonly receive: number;
  readonly transmit: number;
  readonly baud: number;
  readonly port?: number;
}

export interface HardwareInterfaceOptions extends SessionEnvironment {
  readonly serial: SerialEntry;
  readonly imageOutput: ImageOutput;
  readonly memory: SessionMemory;
  readonly faults: FaultSink;
}

/**
 * A session over the hardware interface: commands on the serial port, images on the SPI slave. It has one client,
 * always present.
 */
export class HardwareInterface extends Emitter<ClientInterfaceEvents> implements ClientInterface {
  readonly name = "hardware interface";
  private readonly options: HardwareInterfaceOptions;
  private session: Session | undefined;
  private outputFailed = false;

  constructor(options: HardwareInterfaceOptions) {
    super();
    this.options = options;
  }

  /** Opens the serial port, and retries until it is open. */
  start(): void {
    this.open();
    this.emit("up");
  }

  /**
   * State of the image output, which reports each change.
   * @param reason why it fails persistently, undefined when it works
   */
  onImageOutput(reason: string | undefined): void {
    const { faults, log } = this.options;
    const failed = reason !== undefined;
    if (failed === this.outputFailed) return;
    this.outputFailed = failed;
    if (failed) {
      log.error(`SPI slave: ${reason}; retried with every image`);
      faults.raise(Fault.Network, `SPI slave: ${reason}`);
      this.session?.send(IMAGE_OUTPUT_FAILED);
    } else {
      log.info("SPI slave works again");
      faults.clear(Fault.Network);
    }
  }

  private open(): void {
    const { serial, log } = this.options;
    const { io, ...line } = serial;
    let transport: SocketTransport;
    try {
      transport = new SocketTransport(
        ({ onReadable, onWritable }) => new io({ ...line, format: "buffer", onReadable, onWritable }),
      );
    } catch (error) {
      return this.fail(messageOf(error));
    }
    const { services, commands, executor, load, text, timers, imageOutput, memory, faults } = this.options;
    if (!this.outputFailed) faults.clear(Fault.Network);
    log.info(`serial port open, ${line.baud} baud`);
    this.session = new Session({
      ...{ services, commands, executor, load, timers, log },
      channel: new DelimitedChannel(transport, memory, text, imageOutput),
      permanent: true,
      onClosed: () => {
        this.session = undefined;
        this.fail("the session ended");
      },
    });
  }

  private fail(reason: string): void {
    const { faults, timers, log } = this.options;
    log.error(`serial port: ${reason}; retry in ${RETRY_MS / 1000} s`);
    faults.raise(Fault.Network, `serial port: ${reason}`);
    timers.set(() => this.open(), RETRY_MS);
  }
}
