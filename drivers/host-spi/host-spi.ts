// SPDX-License-Identifier: Apache-2.0

export interface HostSPIOptions {
  /** Pins: SCK and CS in, MISO out. */
  readonly clock: number;
  readonly out: number;
  readonly select: number;
  /** SPI host of the chip, where there is a choice. */
  readonly port?: number;
  /** Bytes of the DMA-capable buffer, taken once. */
  readonly capacity: number;
  /** A transfer (one assertion of CS) has ended, and nothing is armed any more. `bytes` were clocked: more, or fewer, than were armed. */
  onTransfer(bytes: number): void;
}

/** An SPI slave, mode 0, MISO only: what a host reads is what was put in its buffer. */
export interface HostSPIPort {
  /** Empties the buffer. Throws while armed. */
  clear(): void;
  /** Adds bytes to the buffer, by copying. Throws while armed, RangeError beyond the capacity. */
  append(bytes: Uint8Array): void;
  /**
   * Makes the buffer, filled with zeros up to a multiple of 4, the next transfer's data. When it returns, the host may clock.
   * Throws when the driver refused.
   */
  arm(): void;
  /**
   * Takes the armed transfer back; the buffer is free when it returns true, also when nothing was armed.
   * @returns false while a transfer is under way: onTransfer will follow
   */
  disarm(): boolean;
  /** Gives the peripheral and the buffer back. Safe twice. */
  close(): void;
}

/**
 * The SPI slave in native code: esp32/ on the IDF's spi_slave driver, linux/ as a socket to the virtual board.
 * The constructor throws when the peripheral or the buffer is not to be had.
 */
export class HostSPI extends Native("xs_host_spi_destructor") implements HostSPIPort {
  constructor(options: HostSPIOptions) {
    super();
    native("xs_host_spi").call(this, options);
  }

  clear(): void {
    native("xs_host_spi_clear").call(this);
  }

  append(bytes: Uint8Array): void {
    native("xs_host_spi_append").call(this, bytes);
  }

  arm(): void {
    native("xs_host_spi_arm").call(this);
  }

  disarm(): boolean {
    return native("xs_host_spi_disarm").call(this);
  }

  close(): void {
    native("xs_host_spi_close").call(this);
  }
}
