// SPDX-License-Identifier: Apache-2.0
declare module "embedded:io/serial" {
  import type { PinSpecifier, PortSpecifier } from "embedded:io/_common";

  export interface SerialOptions {
    receive?: PinSpecifier;
    transmit?: PinSpecifier;
    baud: number;
    port?: PortSpecifier;
    onReadable?: (this: Serial, bytes: number) => void;
    onWritable?: (this: Serial, bytes: number) => void;
    format?: "number" | "buffer";
    target?: unknown;
  }

  class Serial {
    constructor(options: SerialOptions);
    close(): void;
    /** All received bytes, or one byte with format "number"; undefined: nothing received. */
    read(): number | ArrayBuffer | undefined;
    read(byteLength: number): ArrayBuffer | undefined;
    read(buffer: ByteBuffer): number | undefined;
    /**
     * Takes all bytes, or throws "output full".
     * @returns the room that is left in bytes: an extension of this project
     */
    write(value: number | ByteBuffer): number;
    get format(): "number" | "buffer";
    set format(value: "number" | "buffer");
  }

  export default Serial;
}
