// SPDX-License-Identifier: Apache-2.0
declare module "embedded:io/i2c" {
  import type { PinSpecifier, PortSpecifier } from "embedded:io/_common";

  export interface I2COptions {
    data: PinSpecifier;
    clock: PinSpecifier;
    hz: number;
    /** 7 bits. The same bus and address twice is a RangeError. */
    address: number;
    port?: PortSpecifier;
    /** Timeout of a transaction in milliseconds. */
    timeout?: number;
    pullup?: boolean;
    format?: "buffer";
    target?: unknown;
  }

  /** An addressed device on an I2C bus. Every transaction throws when the device does not acknowledge. */
  class I2C {
    constructor(options: I2COptions);
    close(): void;
    /** Writing no bytes probes the address. `stop` is accepted and always true, as on the ESP32. */
    write(value: ByteBuffer, stop?: boolean): void;
    read(byteLength: number, stop?: boolean): ArrayBuffer;
    /** Fills the buffer; returns the number of bytes read. */
    read(buffer: ByteBuffer, stop?: boolean): number;
    /** Write, repeated start, read `byteLength` bytes. */
    writeRead(value: ByteBuffer, byteLength: number): ArrayBuffer;
    writeRead(value: ByteBuffer, buffer: ByteBuffer): number;
    get format(): "buffer";
    set format(value: "buffer");
  }

  export default I2C;
}
