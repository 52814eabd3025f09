// SPDX-License-Identifier: Apache-2.0
import { EventEmitter } from "node:events";
import { Connection } from "../tcam/connection";
import { checkedImage, TransferError, transferLength, type Style } from "./checked-image";
import { SpiBus } from "./spi-bus";
import { openSerial, openSpi } from "./wires";

/** The clock that the tCam-Mini's author recommends; the ESP32 accepts up to 7.2 MHz through its GPIO matrix. */
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
  /** A transfer had no valid image. */
  damaged: [error: TransferError];
}

/** Reads an image in another way, for tests of bad transfers. @returns the bytes of one transfer */
export type Fetch = (bus: SpiBus, announced: number) => Promise<Buffer>;

/**
 * A camera on the hardware interface. `connection` works as over TCP: announced images are fetched over SPI and become its `image`
 * events. A damaged image is counted and dropped; if `image()` waits for it, it is requested again.
 */
export class HostCamera extends EventEmitter<HostCameraEvents> {
  readonly connection: Connection;
  readonly bus: SpiBus;
  /** Valid images, and transfers without one. */
  readonly counts = { whole: 0, damaged: 0 };
  fetch: Fetch;
  /** The newest announced image that was not fetched yet. */
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

  /** The next image's JSON text. Requests a damaged image again until `timeout` ms have passed. @throws CommandFailed */
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
