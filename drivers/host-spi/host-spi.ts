// SPDX-License-Identifier: Apache-2.0

export interface HostSPIOptions {
  /** Pins: SCK and CS in, MISO out. */
  readonly clock: number;
  readonly out: number;
  readonly select: number;
  /** SPI controller: 1 HSPI, 2 VSPI (default). */
  readonly port?: number;
  /** Bytes of the DMA-capable buffer, allocated once. */
  readonly capacity: number;
  /**
   * A transfer (one assertion of CS) has ended, and nothing is armed any more.
   * @param bytes number of bytes clocked, which may be more or fewer than were armed
   */
  onTransfer(bytes: number): void;
}

/**
 * An SPI slave, mode 0, MISO only: the host reads the contents of a buffer. Native: esp32/ on ESP-IDF's spi_slave driver,
 * linux/ on a channel of the virtual board. The constructor throws when peripheral or memory are not available.
 */
export class HostSPI extends Native("xs_host_spi_destructor") {
  constructor(options: HostSPIOptions) {
    super();
    native("xs_host_spi").call(this, options);
  }

  /** Empties the buffer. Throws while armed. */
  clear(): void {
    native("xs_host_spi_clear").call(this);
  }

  /** Copies bytes to the end of the buffer. Throws while armed, RangeError beyond the capacity. */
  append(bytes: Uint8Array): void {
    native("xs_host_spi_append").call(this, bytes);
  }

  /**
   * Makes the buffer, padded with zeros to a multiple of 4, the next transfer's data. The host may clock when it returns.
   * Throws when the platform's driver failed.
   */
  arm(): void {
    native("xs_host_spi_arm").call(this);
  }

  /**
   * Cancels an armed transfer that has not begun.
   * @returns true: the buffer is free (also if nothing was armed); false: a transfer is under way, onTransfer follows
   */
  disarm(): boolean {
    return native("xs_host_spi_disarm").call(this);
  }

  /** Frees the peripheral and the buffer. Idempotent. */
  close(): void {
    native("xs_host_spi_close").call(this);
  }
}
