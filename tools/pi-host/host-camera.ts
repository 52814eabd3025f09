// SPDX-License-Identifier: Apache-2.0
import { EventEmitter } from "node:events";
import { Connection } from "../tcam/connection";
import { checkedImage, TransferError, transferLength, type Style } from "./checked-image";
import { SpiBus } from "./spi-bus";
import { openSerial, openSpi } from "./wires";

/** What the tCam-Mini's author recommends; the ESP32 takes up to 7.2 MHz through its GPIO matrix. */
export const SPI_HZ = 7_000_000;

export interface HostCameraOptions {
  /** /dev/serial0, or the virtual board's pseudo-terminal. */
  readonly serial: string;
  /** /dev/spidev0.0, or the virtual board's socket. */
  readonly spi: string;
  /** SPI clock. Default 7 MHz. */
  readonly hz?: number;
  /** Default `exact`. */
  readonly style?: Style;
  /** Milliseconds for each answer. Default 5,000. */
  readonly timeout?: number;
}

interface HostCameraEvents {
  /** A transfer carried no image. */
  damaged: [error: TransferError];
}

/** Reads an image some way of its own: for tests of what a camera must bear. @returns the bytes of one transfer */
export type Fetch = (bus: SpiBus, announced: number) => Promise<Buffer>;

/**
 * A camera on the hardware interface. `connection` is used as one over TCP: images are fetched over SPI as they are announced, and
 * appear as its `image` events. One that is damaged is counted and left out; when it answered `image()` it is asked for again.
 */
export class HostCamera extends EventEmitter<HostCameraEvents> {
  readonly connection: Connection;
  readonly bus: SpiBus;
  /** Images fetched whole, and transfers that carried none. */
  readonly counts = { whole: 0, damaged: 0 };
  fetch: Fetch;
  /** The newest announcement that has not been followed. */
  #announced: number | undefined;
  #fetching = false;

  private constructor(connection: Connection, bus: SpiBus, fetch: Fetch) {
    super();
    this.connection = connection;
    this.bus = bus;
    this.fetch = fetch;
    connection.on("image_ready", (bytes) => {
      this.#announced = bytes;
      void this.#follow();
    });
    this.on("damaged", () => connection.askAgain());
  }

  /** @throws WireError */
  static async open({ serial, spi, hz = SPI_HZ, style = "exact", timeout }: HostCameraOptions): Promise<HostCamera> {
    const bus = new SpiBus(await openSpi(spi));
    try {
      const connection = new Connection(await openSerial(serial), timeout);
      return new HostCamera(connection, bus, (spiBus, bytes) => spiBus.transfer(transferLength(bytes, style), hz));
    } catch (error) {
      bus.close();
      throw error;
    }
  }

  /** The next image's JSON text; one that came damaged is asked for again until `timeout` ms are over. @throws CommandFailed */
  image(timeout = 10_000): Promise<string> {
    return this.connection.image(timeout);
  }

  close(): void {
    this.connection.close();
    this.bus.close();
  }

  async #follow(): Promise<void> {
    if (this.#fetching) return;
    this.#fetching = true;
    try {
      for (let bytes = this.#announced; bytes !== undefined; bytes = this.#announced) {
        this.#announced = undefined;
        await this.#take(bytes);
      }
    } catch (error) {
      this.connection.close(error as Error); // the bus is gone, and every transfer to come with it
    } finally {
      this.#fetching = false;
    }
  }

  async #take(announced: number): Promise<void> {
    const bytes = await this.fetch(this.bus, announced);
    let text: string;
    try {
      text = checkedImage(bytes, announced);
    } catch (error) {
      if (!(error instanceof TransferError)) throw error;
      this.counts.damaged += 1;
      this.emit("damaged", error);
      return;
    }
    this.counts.whole += 1;
    this.connection.deliver(text);
  }
}
